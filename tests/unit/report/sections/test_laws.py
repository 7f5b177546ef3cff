"""What limits scaling: a table per workload, and every refusal with its reason."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from typing import TYPE_CHECKING

from harness.analysis.results.scaling_laws import (
    Law,
    LawResult,
    LevelEstimate,
    Refusal,
    ShareOfCeiling,
)
from harness.model import Estimate, Mode
from harness.report.page.figures import draw_figures
from harness.report.page.html import render
from harness.report.page.json import analysis_document
from harness.report.page.view import build_view
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.report.elements import Table
    from harness.report.redaction import Redacted


def around(point: float, half: float = 0.01) -> Estimate:
    # Rounded, so that 0.03 − 0.01 is 0.02.
    low, high = round(point - half, 9), round(point + half, 9)
    return Estimate(point=point, low=low, high=high, level=0.95, n=10, method="t")


def levels(**found: float) -> tuple[LevelEstimate, ...]:
    """Return estimates by ``n2=…``, ``n4=…``."""
    return tuple(
        LevelEstimate(threads=int(name[1:]), estimate=around(point))
        for name, point in found.items()
    )


GIL = LawResult(
    variant="3.14",
    workload="factorize",
    mode=Mode.THREADS,
    law=Law.AMDAHL,
    levels=(1, 2),
    alpha=around(1.06),
    karp_flatt=levels(n2=1.06, n4=1.05),
)
FREE = dataclasses.replace(
    GIL,
    variant="3.14t",
    law=Law.USL,
    levels=(1, 2, 4, 8),
    alpha=around(-0.004),
    beta=around(0.0021, 0.0004),
    karp_flatt=levels(n2=0.02, n4=0.34),
)
CEILING = dataclasses.replace(
    GIL, mode=Mode.PROCESSES, alpha=around(0.03), karp_flatt=levels(n2=0.03)
)
WAITING = LawResult(
    variant="3.14", workload="blocking_io", mode=Mode.THREADS, refusal=Refusal.WAITS
)
LAWS = (GIL, FREE, CEILING, WAITING, dataclasses.replace(WAITING, variant="3.14t"))
SHARES = tuple(
    ShareOfCeiling(variant=label, workload="factorize", ceiling="3.14", levels=levels(n2=share))
    for label, share in (("3.14", 0.53), ("3.14t", 0.97))
)


def analysis_of(*laws: LawResult) -> Redacted:
    return factory.analysis(laws=laws or LAWS, shares_of_ceiling=SHARES)


def law_table(*laws: LawResult) -> Table:
    """Return the first table of factorize: the second holds its times."""
    return factory.part(build_view(analysis_of(*laws)), "workload-factorize").tables[0]


def test_a_row_has_law_coefficients_karp_flatt_and_its_share_of_the_ceiling() -> None:
    table = law_table()
    assert [column.title for column in table.columns] == [
        *("Variant", "Run", "Law", "n", "α", "β", "Of the ceiling at 2", "e(2)", "e(4)")
    ]
    rows = [
        (row.head, *(cell.text.replace("\u00a0", " ") for cell in row.cells)) for row in table.rows
    ]
    assert rows == [
        (
            *("3.14", "threads", "Amdahl (N = 1, 2)", "10", "1.060 [1.050, 1.070]", "0 (assumed)"),
            *("53.0 % [52.0, 54.0]", "1.060 [1.050, 1.070]", "1.050 [1.040, 1.060]"),
        ),
        (
            *("3.14", "processes", "Amdahl (N = 1, 2)", "10", "0.030 [0.020, 0.040]"),
            *("0 (assumed)", "–", "0.030 [0.020, 0.040]", "–"),
        ),
        (
            *("3.14t", "threads", "USL (N = 1, 2, 4, 8)", "10", "−0.004 [−0.014, 0.006]"),
            *("0.00210 [0.00170, 0.00250]", "97.0 % [96.0, 98.0]"),
            *("0.020 [0.010, 0.030]", "0.340 [0.330, 0.350]"),
        ),
    ]


def test_the_table_says_what_must_be_known_of_it() -> None:
    table = law_table()
    assert table.note == (
        "With one N above 1, α is e(N), and nothing tests the law. Laws end at 2 physical cores; "
        "beyond, e(N) holds the lack of cores too. The ceiling of 3.14 and 3.14t is 3.14 in "
        "processes."
    )
    hidden = dataclasses.replace(GIL, refusal=Refusal.NOT_SEPARABLE, levels=(1, 2, 4, 8))
    alone = dataclasses.replace(CEILING, law=None, alpha=None, levels=(), refusal=Refusal.ONE_BLOCK)
    table = law_table(hidden, alone)
    assert table.note.startswith(
        "3.14 in threads: α and β cannot be told apart, so β is taken as 0. "
        "3.14 in processes: fewer than two blocks have N = 1 and another N."
    )
    assert [cell.value for cell in table.rows[1].cells[1:5]] == ["–"] * 4


def test_how_to_read_it_and_what_was_refused_are_sentences() -> None:
    view = build_view(analysis_of())
    (box,) = factory.part(view, "workloads").boxes
    assert box.items[0].startswith(
        "α is the part of the work that does not run at the same time: 0 is"
    )
    assert factory.part(view, "workload-blocking-io").sentences[1:] == (
        "No law is fitted: waiting needs no cores, and is not held against their number.",
    )
    waiting = build_view(analysis_of(WAITING))
    assert factory.part(waiting, "workloads").boxes == ()
    assert len(factory.part(waiting, "workload-blocking-io").tables) == 1


def test_a_machine_that_hardly_scales_is_a_warning() -> None:
    assert factory.part(build_view(analysis_of()), "workloads").warnings == ()
    cells = tuple(
        dataclasses.replace(cell, speedup=around(1.05))
        if cell.mode is Mode.PROCESSES and cell.threads > 1
        else cell
        for cell in factory.cells()
    )
    low = factory.analysis(cells=cells, laws=LAWS, shares_of_ceiling=SHARES)
    (said,) = factory.part(build_view(low), "workloads").warnings
    assert "α, β and e(N) of factorize hold it" in said


def test_every_refusal_has_its_words() -> None:
    for refusal in Refusal:
        view = build_view(analysis_of(dataclasses.replace(WAITING, refusal=refusal)))
        _, said = factory.part(view, "workload-blocking-io").sentences
        assert len(said) > len("No law is fitted: .")


def test_the_page_holds_the_section_and_the_document_the_numbers() -> None:
    analysis = factory.measured(laws=LAWS, shares_of_ceiling=SHARES, break_evens=())
    page = render(build_view(analysis), draw_figures(analysis))
    assert "What does not run at the same time" in page
    names = re.findall(r'\sid="([^"]*)"', page)
    assert len(names) == len(set(names))

    found = json.loads(analysis_document(analysis, pathlib.Path("page")))
    law = found["laws"][1]
    assert (law["variant"], law["mode"], law["law"], law["refusal"]) == (
        *("3.14t", "threads"),
        *("USL", None),
    )
    assert law["beta"]["point"] == 0.0021
    assert [level["threads"] for level in law["karp_flatt"]] == [2, 4]
    assert found["laws"][3]["refusal"] == "waits"
    assert found["software_efficiency"][1]["ceiling"] == "3.14"
    assert found["break_even"] == []
    usual = json.loads(analysis_document(factory.analysis(), pathlib.Path("page")))
    first = usual["break_even"][0]
    assert (first["reached"], first["threads"]) == ("at more threads", 2)
