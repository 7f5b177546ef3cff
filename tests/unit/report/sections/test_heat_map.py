"""Every workload under every variant: what is coloured, what is not, and what is said of it."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from typing import TYPE_CHECKING

import matplotlib.style
import pytest

from harness.model import Benchmark, Estimate, Mode, Scale
from harness.report.drawing import svg, theme
from harness.report.sections.heat_map import figure as heat_grid
from harness.report.sections.heat_map import words as heat_map
from harness.report.sections.heat_map.numbers import edges, level, maps
from tests.unit.report import crowd, factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis


def drawn(analysis: Analysis) -> str:
    """Return all heat maps of an analysis as SVG."""
    with matplotlib.style.context(["default", theme.style_context()]):
        sheets = heat_grid.draw(analysis)
        return "".join(
            svg.inline(one.figure, name=name, tips=one.tips) for name, one in sheets.items()
        )


def test_speed_ups_are_at_the_most_threads_that_fit_and_times_at_one() -> None:
    speedups, times = heat_map.section(factory.analysis()).figures
    assert speedups.title == "Speed-up with 2 threads"
    assert speedups.subtitle.endswith("2 threads, the most measured that fit the 2 physical cores")
    assert [row.head for row in speedups.table.rows] == [
        *("factorize", "blocking_io", "lesson (4 threads)"),
    ]
    assert [column.title for column in speedups.table.columns[1:]] == list(factory.LABELS)
    assert speedups.table.rows[0].cells[1].text == (
        "1.870×\u00a0[1.840,\u00a01.901], n = 10, scales"
    )
    assert [column.title for column in times.table.columns[1:]] == list(factory.LABELS[1:])
    assert "2 scales and 1 faster" in speedups.description
    assert "lesson (4) brings a number of threads of its own" in " ".join(
        heat_map.section(factory.analysis()).sentences
    )


def test_steps_of_colour_are_even_on_a_logarithmic_scale_and_begin_where_it_matters() -> None:
    bounds = edges(8.0, 0.02)
    assert bounds[0] == pytest.approx(1.02)
    ratios = [math.log(high / low) for low, high in zip(bounds, (*bounds[1:], 8.0), strict=True)]
    assert ratios == pytest.approx([ratios[0]] * 4)
    found = [level(ratio, bounds) for ratio in (0.01, 0.7, 0.99, 1.0, 1.01, 1.03, 3.0, 99.0)]
    assert found == [-4, -1, 0, 0, 0, 1, 3, 4]
    assert sorted(edges(1.0, 0.5)) == list(edges(1.0, 0.5))


def test_a_gain_and_less_time_have_the_same_colour() -> None:
    found = drawn(factory.analysis())
    assert "f-up4" in found  # twice as fast with threads, and a tenth of the time
    assert "f-down1" in found


def test_what_is_not_resolved_has_no_colour() -> None:
    usual = crowd.crowd(variants=2, workloads=2)
    assert "f-down" in drawn(usual).split("not resolved")[0]
    wide = crowd.spoilt(usual, factory.estimate(0.7, spread=3.0))
    (speedups, _) = maps(wide)
    assert not any(tile.is_resolved for tile in speedups.tiles)
    sheet = heat_grid.draw(wide)["heat-speedup"]
    assert all(str(words).endswith("not resolved") for words in sheet.tips.values())
    assert heat_map.section(wide).figures[0].table.rows[0].cells[0].text.endswith("not resolved")


def test_what_does_not_scale_is_grey_and_what_gets_slower_is_not() -> None:
    (speedups, _) = maps(factory.analysis())
    (factorize, *_) = speedups.rows
    assert [tile.remark for tile in factorize.tiles] == [
        *(", does not scale", ", scales", ", does not scale", ", does not scale"),
    ]
    assert [tile.step(speedups.edges) for tile in factorize.tiles] == [0, 4, 0, 0]
    slower = dataclasses.replace(factorize.tiles[0], scaling=Scale.SLOWER)
    assert slower.step(speedups.edges) == -1
    figure = heat_map.section(factory.analysis()).figures[0]
    assert "3.14: 1 scales, 1 does not scale and 1 slower" in figure.description
    rows = list(csv.DictReader(io.StringIO(figure.csv)))
    assert [row["scaling"] for row in rows[:2]] == ["does not scale", "scales"]
    assert "not resolved" not in drawn(factory.analysis()).split("n = 10, does not scale")[1][:200]


def test_a_hole_says_whether_it_failed() -> None:
    gone = ("pypy3.11", Benchmark(workload="factorize", mode=Mode.THREADS, threads=2))
    usual = factory.analysis()
    analysis = dataclasses.replace(
        usual,
        cells=tuple(one for one in usual.cells if (one.variant, one.benchmark) != gone),
        failures=(factory.failure(benchmark=gone[1]),),
    )
    figure = heat_map.section(analysis).figures[0]
    assert figure.table.rows[0].cells[-1].text == "–\u00a0(failed)"
    assert "pypy3.11, factorize: failed" in drawn(analysis)
    rows = list(csv.DictReader(io.StringIO(figure.csv)))
    assert next(row["ratio"] for row in rows if row["variant"] == "pypy3.11") == ""
    free = next(row for row in rows if row["variant"] == "3.14t")
    assert (free["ratio"], free["n"], free["verdict"]) == ("1.87", "10", "faster")


def test_paced_workloads_are_left_out() -> None:
    analysis = factory.measured()
    heads = [row.head for row in heat_map.section(analysis).figures[0].table.rows]
    assert "remote_control" not in heads


@pytest.mark.parametrize(
    "analysis",
    [
        factory.analysis(cells=(), splits=()),
        factory.analysis(manifest=factory.manifest(("3.14",), (1,)),
                         cells=factory.cells(("3.14",), (1,))[:2], failures=()),
        crowd.spoilt(crowd.crowd(), None),
        crowd.spoilt(crowd.crowd(), factory.estimate(math.nan)),
    ],
    ids=["failed only", "one variant, one count", "no estimates", "NaN"],
)  # fmt: skip
def test_where_there_is_nothing_to_compare_it_says_how_to_get_it(analysis: Analysis) -> None:
    section = heat_map.section(analysis)
    assert section.figures == ()
    assert "`nox -s bench -- " in section.absent
    assert heat_grid.draw(analysis) == {}


def test_one_variant_has_speed_ups_and_no_times_against_itself() -> None:
    analysis = crowd.crowd(variants=1)
    names = [figure.name for figure in heat_map.section(analysis).figures]
    assert names == list(heat_grid.draw(analysis)) == ["heat-speedup"]


def test_a_process_alone_has_a_number_and_no_colour() -> None:
    analysis = crowd.crowd(variants=2, workloads=2, n=1)
    (speedups, _) = maps(analysis)
    assert not any(tile.is_resolved for tile in speedups.tiles)
    assert "not judged" in heat_map.section(analysis).figures[0].description


@pytest.mark.parametrize(("variants", "label"), [(9, crowd.LONG), (5, "3.14t+gil-"), (1, "v")])
def test_names_stay_in_the_figure_and_apart(variants: int, label: str) -> None:
    analysis = crowd.crowd(variants=variants, workloads=2, label=label)
    for sheet in heat_grid.draw(analysis).values():
        assert crowd.outside(sheet) == []


def test_an_interval_wider_than_any_axis_is_a_number_like_others() -> None:
    wild = Estimate(point=2.0, low=0.0, high=math.inf, level=0.95, n=3, method="t")
    assert "2.00" in drawn(crowd.spoilt(crowd.crowd(), wild))


def test_the_same_analysis_is_drawn_the_same() -> None:
    assert drawn(factory.analysis()) == drawn(factory.analysis())
