"""The section about warm-up: there when a pilot shows one, with what to beware of."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import TYPE_CHECKING, Any

import pytest

from harness.planning.warmup import Shape
from harness.report.drawing import canvas, svg
from harness.report.page.figures import draw_figures
from harness.report.page.html import render
from harness.report.page.json import analysis_document
from harness.report.page.view import build_view
from harness.report.sections.warmup import figure as warmup_curves
from harness.report.sections.warmup.words import has_curves
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.report.elements import Section
    from harness.report.redaction import Redacted


def analysis(**changes: Any) -> Redacted:
    """Return an analysis with warm-ups, some fields of those of 3.14t replaced."""
    results = tuple(
        dataclasses.replace(one, **changes) if one.variant == "3.14t" else one
        for one in factory.warmups()
    )
    return factory.analysis(warmup=results)


def section(**changes: Any) -> Section:
    return factory.part(build_view(analysis(**changes)), "warmup")


def test_the_section_has_numbers_only_when_a_pilot_went_on() -> None:
    without = factory.part(build_view(factory.analysis()), "warmup")
    assert (bool(without.absent), without.tables) == (True, ())
    assert (section().absent, len(section().tables)) == ("", 1)


def test_a_row_says_course_cold_value_time_found_and_what_is_left_out() -> None:
    rows = section().tables[0].rows
    flat, *_ = rows
    jit = next(row for row in rows if row.head == "pypy3.11")

    assert [shown.text for shown in flat.cells] == [
        "factorize", "1 thread", "flat", "1.020×\u00a0[1.003,\u00a01.037]", "0\u00a0s",
        "1\u00a0(160\u00a0ms)",
    ]  # fmt: skip
    assert [shown.text for shown in jit.cells][2:] == [
        "warm-up", "4.200×\u00a0[4.133,\u00a04.268]", "420\u00a0ms", "7\u00a0(1.05\u00a0s)",
    ]  # fmt: skip


def test_what_is_well_has_no_warning() -> None:
    assert section().warnings == ()


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (Shape.SLOWDOWN, "slower state"),
        (Shape.UNSTEADY, "still changing"),
        (Shape.INCONSISTENT, "faster in others"),
    ],
)
def test_odd_courses_are_warned_of(shape: Shape, said: str) -> None:
    warnings = section(shape=shape).warnings

    assert warnings[0].startswith(f"3.14t factorize, 1 thread: {shape}.")
    assert said in warnings[0]
    assert len(warnings) == 2  # the lesson's too


def test_a_warm_up_longer_than_granted_is_warned_of() -> None:
    found = section(is_capped=True, found_s=4.2, warmup_s=3.1)

    assert "took 4.20\u00a0s to reach its level" in found.warnings[0]
    assert any("not granted in full" in cell.note for row in found.tables[0].rows
               for cell in row.cells)  # fmt: skip


def test_a_second_pilot_is_told() -> None:
    cells = [cell for row in section(processes=2).tables[0].rows for cell in row.cells]

    assert sum(cell.note == "in the better of two" for cell in cells) == 2


def figure(of: Redacted) -> str:
    """Return this figure alone: all of a page take a second."""
    with canvas.style():
        (sheet,) = warmup_curves.draw(of).values()
        return svg.inline(sheet.figure, name="warmup", tips=sheet.tips)


def test_the_figure_has_a_panel_for_each_workload_and_mode() -> None:
    drawn = figure(analysis())

    assert "factorize, 1 thread" in drawn
    assert "lesson, one after another" in drawn
    assert 'class="s-v0"' in drawn
    assert "pypy3.11, factorize, 1 thread: warm-up, 420" in drawn
    assert drawn == draw_figures(analysis())["warmup"]


def test_a_curve_of_one_call_can_be_drawn() -> None:
    for curve in (((0.02, 1.0),), ((1e-9, 1e9), (1e12, 1e-9))):
        shown = analysis(curve=curve)
        assert has_curves(shown)
        assert "3.14t, factorize" in figure(shown)


def test_too_few_calls_have_a_row_and_no_curve() -> None:
    shown = analysis(curve=(), shape=Shape.UNKNOWN)
    row = next(row for row in section(curve=(), shape=Shape.UNKNOWN).tables[0].rows
               if row.head == "3.14t")  # fmt: skip
    assert (row.cells[2].text, row.cells[4].text) == ("not known", "–")
    assert "3.14t, factorize" not in figure(shown)
    none = factory.analysis(
        warmup=tuple(dataclasses.replace(one, curve=()) for one in factory.warmups())
    )
    assert not has_curves(none)
    assert factory.part(build_view(none), "warmup").figures == ()


def test_the_page_shows_the_section_after_the_measures() -> None:
    shown = analysis(shape=Shape.UNSTEADY)
    page = render(build_view(shown), draw_figures(shown))

    assert '<section id="warmup"' in page
    assert "no steady state" in page


def test_the_document_holds_the_course() -> None:
    found = json.loads(analysis_document(analysis(), pathlib.Path("page")))["warmup"]

    assert found[0]["benchmark"] == "factorize/threads=1"
    assert found[0]["shape"] == "flat"
    assert found[0]["cold_ratio"]["n"] == 10
    assert found[0]["curve"][0] == [0.02, 1.02]
