"""What a workload left or changed, and a GIL that came back, in terminal, page and JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import msgspec

from harness.analysis.results.experiment import GilBack, RemarkResult
from harness.model import Benchmark, Mode
from harness.report import answer
from harness.report.page.json import analysis_document
from harness.report.page.view import build_view
from harness.report.redaction import Redacted, redacted
from harness.report.terminal import summary_lines
from tests.unit.report import factory

BENCHMARK = Benchmark(workload="factorize", mode=Mode.THREADS, threads=1)
BACK = GilBack(
    variant="3.14t", module="bitarray._bitarray", benchmarks=(BENCHMARK,), has_results=True
)
HAPPENED = "importing bitarray._bitarray turned the GIL back on"
WAYS = (
    "keep the GIL off at your own risk, with ?env=PYTHON_GIL=0 after its --interpreter, or use a "
    "version of the package that supports free threading"
)


def without_results(back: GilBack = BACK) -> Redacted:
    """Return the usual analysis, without a result for the variant."""
    cells = tuple(cell for cell in factory.cells() if cell.variant != back.variant)
    alone = dataclasses.replace(back, has_results=False)
    return factory.analysis(cells=cells, splits=(), gil_backs=(alone,))


def test_a_gil_that_came_back_is_the_answer_of_a_variant_without_results() -> None:
    analysis = without_results()

    assert answer.headline(analysis, "3.14t").sentence(baseline="3.14") == (
        f"no result: {HAPPENED}; {WAYS}."
    )
    assert f"3.14t      no result: {HAPPENED}; {WAYS}" in summary_lines(analysis)
    (shown,) = [one for one in build_view(analysis).answers if one.label == "3.14t"]
    assert shown.clauses == (f"no result: {HAPPENED}", f"{WAYS}.")


def test_where_other_cells_have_results_it_is_a_line_of_its_own() -> None:
    analysis = factory.analysis(gil_backs=(BACK,))

    line = f"3.14t: {HAPPENED} in factorize: {WAYS}."
    assert line in summary_lines(analysis)
    assert line in build_view(analysis).notes
    assert "turned the GIL" not in answer.headline(analysis, "3.14t").sentence(baseline="3.14")


def test_the_way_on_fits_behind_an_interpreter_that_has_options_already() -> None:
    usual = factory.manifest()
    variants = tuple(
        msgspec.structs.replace(each, spec=f"{each.spec}?flags=--with-lto")
        for each in usual.plan.variants
    )
    plan = msgspec.structs.replace(usual.plan, variants=variants)
    manifest = msgspec.structs.replace(usual, plan=plan)
    analysis = factory.analysis(gil_backs=(BACK,), manifest=manifest)

    assert any("with &env=PYTHON_GIL=0 after its" in line for line in summary_lines(analysis))


def remark(kind: str, subject: str, *variants: str) -> RemarkResult:
    return RemarkResult(
        workload="factorize",
        kind=kind,
        subject=subject,
        variants=variants or factory.LABELS,
        modes=("threads",),
        processes=3,
    )


def test_remarks_are_sentences_with_the_variants_they_concern() -> None:
    analysis = factory.analysis(
        remarks=(
            remark("state", "the garbage collector off"),
            remark("state", "a switch interval of 1e-06 s"),
            remark("restored", "the current folder", "3.14t"),
            remark("thread", "Thread-1 (spin)", "3.14", "3.14t"),
            remark("child", "python worker.py"),
            remark("files", "30 after 31 calls"),
        )
    )
    sentences = (
        "factorize was measured with the garbage collector off and a switch interval of 1e-06 s.",
        "factorize changes the current folder while it works; set back after each value (3.14t).",
        "factorize left a thread running: Thread-1 (spin) (3.14, 3.14t).",
        "factorize left a process running: python worker.py.",
        "factorize leaves files open: 30 after 31 calls.",
    )

    assert set(sentences) <= set(summary_lines(analysis))
    assert set(sentences) <= set(build_view(analysis).notes)


def test_json_has_both_by_their_keys() -> None:
    analysis = factory.raw(gil_backs=(BACK,), remarks=(remark("thread", "spin", "3.14t"),))

    document = json.loads(analysis_document(analysis, Path("page")))

    assert document["gil_turned_on"] == [
        {
            "variant": "3.14t",
            "module": "bitarray._bitarray",
            "benchmarks": ["factorize/threads=1"],
            "has_results": True,
        }
    ]
    assert document["remarks"] == [
        {
            "workload": "factorize",
            "kind": "thread",
            "subject": "spin",
            "variants": ["3.14t"],
            "modes": ["threads"],
            "processes": 3,
        }
    ]


def test_the_name_of_what_was_left_tells_no_path() -> None:
    analysis = redacted(factory.raw(remarks=(remark("child", "python /home/wilhelmina/x.py"),)))

    assert "factorize left a process running: python …/x.py." in summary_lines(analysis)
