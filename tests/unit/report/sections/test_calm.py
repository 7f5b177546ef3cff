"""Calm rounds on the page: what decided, and the same from all rounds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.results.experiment import CalmRounds
from harness.report.page.figures import draw_figures
from harness.report.page.html import render
from harness.report.page.view import build_view
from harness.report.sections.trust import words as trust
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import CellResult
    from harness.report.elements import Section
    from harness.report.redaction import Redacted

CALM = CalmRounds(share=0.42, decided=True)
FEW = CalmRounds(share=0.08, decided=False)


def with_rounds(cell: CellResult) -> CellResult:
    """Return a cell whose speed-up differs from that of all rounds, and whose ratio does not."""
    if cell.threads == 1 or cell.speedup is None:
        return cell
    return dataclasses.replace(
        cell,
        speedup_all=factory.estimate(cell.speedup.point * 0.9),
        speedup_calm=CALM,
        ratio_all=cell.ratio,
        ratio_calm=FEW if cell.ratio else None,
    )


def analysis(share: float | None = 0.37) -> Redacted:
    cells = tuple(with_rounds(cell) for cell in factory.cells() if cell.variant != "pypy3.11")
    return factory.analysis(cells=cells, calm_share=share)


def part(of: Redacted) -> Section | None:
    parts = trust.section(of).parts
    return next((each for each in parts if each.anchor == "calm"), None)


def test_each_number_has_what_decided_it_and_the_same_from_all_rounds() -> None:
    found = part(analysis())
    assert found is not None
    (table,) = found.tables
    assert table.is_folded
    rows = {(row.head, *(cell.value for cell in row.cells[:3])): row for row in table.rows}
    speedup = rows["3.14t", "factorize", "2 threads", "Speed-up"]
    assert [cell.value for cell in speedup.cells[3:]] == [
        *("42.0\u00a0%", "calm rounds", "1.870×", "1.683×")
    ]
    ratio = rows["3.14t", "factorize", "2 threads", "Against baseline"]
    assert [cell.value for cell in ratio.cells[3:5]] == ["8.00\u00a0%", "all rounds"]


def test_where_the_two_differ_the_machine_is_named() -> None:
    found = part(analysis())
    assert found is not None
    said = " ".join(found.sentences).replace("\u00a0", " ")
    assert said.startswith("The machine was undisturbed around 37.0 % of all values.")
    assert "the machine, not the interpreter, took the difference" in said
    total = len(found.tables[0].rows)
    differing = sum(row.cells[2].value == "Speed-up" for row in found.tables[0].rows)
    assert said.endswith(
        f"In {differing} of {total} comparisons the estimate from all rounds lies outside the "
        "interval shown."
    )


def test_an_experiment_without_rounds_has_no_such_part() -> None:
    assert part(factory.analysis()) is None
    assert part(analysis(share=None)) is None
    sentences = factory.part(build_view(factory.analysis()), "run-order").sentences
    assert sentences[0].startswith("Before each job")


def test_with_rounds_the_chart_says_when_canaries_ran() -> None:
    shown = analysis()
    view = build_view(shown)
    assert factory.part(view, "run-order").sentences[0].startswith("Between all values")
    figures = draw_figures(shown)
    assert "before each turn" in figures[trust.FIGURE]
    assert "before each job" in draw_figures(factory.analysis())[trust.FIGURE]
    assert 'id="calm"' in render(view, figures)
