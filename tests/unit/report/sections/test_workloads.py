"""Efficiency, cores used and work per second of one workload, as threads are added."""

from __future__ import annotations

import csv
import dataclasses
import io
import math

import pytest

from harness.model import Estimate
from harness.report.sections.workloads import figure as workload_panels
from harness.report.sections.workloads import words as workload_figures
from harness.report.sections.workloads.numbers import charts
from tests.unit.report import crowd, factory

USUAL = crowd.crowd(variants=2, workloads=2)


def test_a_row_has_every_measure_with_interval_and_n() -> None:
    (figure,) = workload_figures.figures(USUAL)["v0_private"]
    rows = [
        (row.head, *(cell.text.replace("\u00a0", " ") for cell in row.cells))
        for row in figure.table.rows
    ]
    assert rows[1] == (
        *("v0", "2", "0.871 [0.856, 0.885], n = 10", "1.000 [0.984, 1.017], n = 10"),
        *("1.414× [1.391, 1.438], n = 10", "23.03 [22.85, 23.22], n = 10"),
    )
    assert rows[0][2] == "1"  # by definition
    assert [row[:2] for row in rows[3:]] == [("v1", "1"), ("v1", "2"), ("v1", "4")]
    found = list(csv.DictReader(io.StringIO(figure.csv)))
    assert float(found[1]["efficiency"]) == pytest.approx(2**0.8 / 2)
    assert found[1]["relative_throughput_n"] == "10"


def test_work_per_second_counts_the_work_of_every_thread() -> None:
    found = charts(USUAL)[0]
    assert found.workload.name == "v0_private"
    one, two, _ = found.courses[0].points
    time_s = {cell.threads: cell.time_s for cell in USUAL.cells[:3]}
    assert two.rate.point == pytest.approx(2 / time_s[2].point)
    assert one.rate.low == pytest.approx(1 / (time_s[1].high or 1))


def test_scales_of_efficiency_and_cores_are_the_same_for_all_workloads() -> None:
    sheets = list(workload_panels.draw(USUAL).values())
    assert len(sheets) == 2
    limits = [[axes.get_ylim() for axes in sheet.figure.axes[:2]] for sheet in sheets]
    assert limits[0] == limits[1]


def test_what_is_described_is_what_is_drawn() -> None:
    every = workload_figures.figures(USUAL)
    assert list(every) == ["v0_private", "v0_shared"]
    names = {figure.name for figures in every.values() for figure in figures}
    assert names == set(workload_panels.draw(USUAL))


@pytest.mark.parametrize("name", ["lesson", "no such workload", "v0_private"])
def test_below_two_thread_counts_there_is_no_figure(name: str) -> None:
    analysis = crowd.crowd(threads=(2,)) if name == "v0_private" else factory.analysis()
    assert name not in workload_figures.figures(analysis)


def test_only_what_was_measured_has_a_panel() -> None:
    bare = dataclasses.replace(
        USUAL,
        throughputs=(),
        cells=tuple(dataclasses.replace(one, means={}) for one in USUAL.cells),
    )
    assert [found.measures for found in charts(bare)] == [("efficiency",)] * 2
    assert {len(sheet.figure.axes) for sheet in workload_panels.draw(bare).values()} == {1}
    none = dataclasses.replace(bare, cells=())
    assert (workload_figures.figures(none), workload_panels.draw(none)) == ({}, {})


def test_hollow_marks_are_explained_where_there_are_any() -> None:
    (figure,) = workload_figures.figures(USUAL)["v0_private"]
    assert "hollow marks" in figure.subtitle
    (waiting,) = workload_figures.figures(factory.analysis())["blocking_io"]
    assert "hollow marks" not in waiting.subtitle


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate(point=2.0, low=0.0, high=math.inf, level=0.95, n=3, method="t"),
        Estimate(point=2.0, low=None, high=None, level=0.95, n=1, method="one process"),
        factory.estimate(1.0, spread=300.0),
        factory.estimate(math.nan),
        factory.estimate(1e-7),
    ],
    ids=["infinite", "n = 1", "wider than the axis", "NaN", "tiny"],
)
def test_odd_estimates_break_nothing(estimate: Estimate) -> None:
    analysis = crowd.spoilt(USUAL, estimate)
    assert workload_figures.figures(analysis).keys() <= {"v0_private", "v0_shared"}
    for sheet in workload_panels.draw(analysis).values():
        assert crowd.outside(sheet) == []


def test_many_threads_and_variants_stay_in_the_figure() -> None:
    analysis = crowd.crowd(
        variants=2, workloads=1, threads=tuple(range(1, 65)), label=crowd.LONG, cores=16
    )
    (sheet,) = workload_panels.draw(analysis).values()
    assert crowd.outside(sheet) == []
    many = crowd.crowd(variants=30, workloads=1, threads=(1, 2), label=crowd.LONG)
    assert crowd.outside(*workload_panels.draw(many).values()) == []
    labels = [words.get_text() for words in sheet.figure.axes[0].get_xticklabels()]
    assert [label for label in labels if label] == ["1", "4", "16", "64"]
