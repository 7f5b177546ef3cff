from __future__ import annotations

from harness.analysis.analyse import analyse
from harness.report.page.view import build_view
from harness.report.redaction import redacted
from harness.report.terminal import summary_lines
from tests.unit import fakes
from tests.unit.report import factory

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("remote_control",), threads=(1, 2), blocks=3)
FOUND = redacted(
    analyse(
        fakes.manifest(PLAN),
        tuple(
            fakes.outcome_of(
                cell,
                block,
                time_s=0.55,
                values=(
                    {
                        "response_s": [0.001 * cell.benchmark.threads] * 100,
                        "send_delay_s": [0.00001] * 100,
                        "missed_deadlines": [0],
                    },
                ),
            )
            for cell in PLAN.cells
            for block in (1, 2, 3)
        ),
    )
)


def test_what_goes_on_for_a_fixed_time_is_no_faster_or_slower_than_anything() -> None:
    assert len(FOUND.cells) == 4
    assert all(cell.speedup is None and cell.ratio is None for cell in FOUND.cells)
    assert FOUND.splits == ()


def test_the_answer_is_how_late_it_was() -> None:
    said = (
        "remote_control answers within 1.00 ms [1.00, 1.00] alone, "
        "2.00 ms [2.00, 2.00] beside one computing thread (p99)"
    )
    for line in summary_lines(FOUND)[:2]:
        assert said in line

    view = build_view(FOUND)
    assert all(said in answer.clauses[0].replace("\u00a0", " ") for answer in view.answers)
    assert all("p99" in answer.basis for answer in view.answers)
    assert factory.part(view, "scaling").figures == ()
    paced = factory.part(view, "workload-remote-control")
    assert (paced.figures, paced.tables) == ((), ())
