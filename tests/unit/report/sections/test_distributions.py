"""Every process as a dot: nothing left out, nothing smoothed, and what is not shown is said."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from typing import TYPE_CHECKING

import pytest

from harness.report.sections.distributions import (
    figure as distribution_strips,
)
from harness.report.sections.distributions import (
    words as distributions,
)
from harness.report.sections.distributions.numbers import panels, reach
from tests.unit.report import crowd, factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis


def with_times(analysis: Analysis, times: tuple[float, ...]) -> Analysis:
    """Return the analysis, its first cell with these processes, as ratios of its typical time."""
    first, *others = analysis.cells
    changed = dataclasses.replace(
        first, process_times_s=tuple(first.time_s.point * one for one in times)
    )
    return dataclasses.replace(analysis, cells=(changed, *others))


USUAL = crowd.crowd(variants=2, workloads=2)


def test_one_thread_stands_beside_several() -> None:
    (figure,) = distributions.section(factory.analysis()).figures
    rows = [(row.head, row.cells[0].value, row.cells[1].value) for row in figure.table.rows]
    assert rows[:5] == [
        *(("factorize", "1 thread", label) for label in factory.LABELS),
        ("factorize", "2 threads", "3.14"),
    ]
    assert ("lesson", "one after another", "3.14") in rows
    assert ("lesson", "4 threads", "3.14") in rows


def test_a_row_has_the_typical_time_with_interval_and_n_and_the_extremes() -> None:
    analysis = with_times(USUAL, (0.95, 1.0, 1.02, 1.3))
    (figure,) = distributions.section(analysis).figures
    cells = figure.table.rows[0].cells
    assert cells[2].note.endswith("], n = 10")
    assert [cell.value for cell in cells[3:]] == [
        "+1.0\u00a0%",
        "\u22125.0\u00a0%",
        "+30.0\u00a0%",
    ]
    assert "from \u22125.0\u00a0% to +30.0\u00a0% of the typical" in figure.description
    first = next(csv.DictReader(io.StringIO(figure.csv)))
    processes = [value for name, value in first.items() if name.startswith("process_") and value]
    assert [float(one) for one in processes] == list(analysis.cells[0].process_times_s)


def test_a_process_beyond_the_axis_is_named_at_its_edge() -> None:
    analysis = with_times(crowd.crowd(variants=6, workloads=2), (1.0,) * 8 + (0.5, 7.0))
    sheet = distribution_strips.draw(analysis)[distributions.FIGURE]
    told = [str(words) for words in sheet.tips.values() if " at " in words]
    assert [words.rpartition(": ")[2] for words in told] == ["1 process at 0.5×", "1 process at 7×"]


def test_the_axis_fits_nearly_all_and_never_more_than_half_as_much_again() -> None:
    quiet = reach(panels(USUAL))
    assert quiet == pytest.approx(1.02)
    wild = dataclasses.replace(
        USUAL,
        cells=tuple(
            dataclasses.replace(one, process_times_s=(one.time_s.point / 9, one.time_s.point * 9))
            for one in USUAL.cells
        ),
    )
    assert reach(panels(wild)) == pytest.approx(1.5)
    assert distributions.FIGURE in distribution_strips.draw(wild)


def test_dots_that_would_hide_one_another_are_stacked() -> None:
    stacked = distribution_strips._stacked([0.0, 0.0, 0.5, 9.0])
    assert len(set(stacked[:3])) == 3
    assert stacked[3] == 0.0
    assert max(map(abs, distribution_strips._stacked([0.0] * 50))) < 9


@pytest.mark.parametrize(
    "times",
    [(), (math.nan, 1.0), (0.0,), (1.0,)],
    ids=["none", "NaN", "zero", "one"],
)
def test_odd_times_break_nothing(times: tuple[float, ...]) -> None:
    analysis = with_times(USUAL, times)
    assert distributions.section(analysis).figures
    assert crowd.outside(distribution_strips.draw(analysis)[distributions.FIGURE]) == []


def test_without_a_process_there_is_a_reason() -> None:
    analysis = factory.analysis(cells=(), splits=())
    section = distributions.section(analysis)
    assert section.figures == ()
    assert "`nox -s bench -- --resume`" in section.absent
    assert distribution_strips.draw(analysis) == {}


def test_one_thread_count_has_one_column() -> None:
    analysis = crowd.crowd(variants=1, workloads=1, threads=(1,), n=1)
    (panel,) = panels(analysis)
    assert len(panel.columns) == 1
    assert crowd.outside(distribution_strips.draw(analysis)[distributions.FIGURE]) == []


def test_of_many_cells_those_that_vary_most_are_shown_and_the_table_has_all() -> None:
    crowded = crowd.crowd(variants=30, workloads=4, threads=(1, 2), label=crowd.LONG)
    worst = [
        dataclasses.replace(one, process_times_s=(one.time_s.point, one.time_s.point * 1.2))
        if one.benchmark.workload.endswith("1_shared")
        else one
        for one in crowded.cells
    ]
    analysis = dataclasses.replace(crowded, cells=tuple(worst))
    section = distributions.section(analysis)
    assert section.sentences[1].startswith("The figure shows 2 of 4 workloads, those whose")
    assert len(section.figures[0].table.rows) == 240
    sheet = distribution_strips.draw(analysis)[distributions.FIGURE]
    assert any("1_shared" in words for words in sheet.tips.values())
    assert sheet.height < 2000
    assert crowd.outside(sheet) == []
