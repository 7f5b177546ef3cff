"""Private and shared arms side by side, and what sharing costs."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import pathlib
from typing import TYPE_CHECKING

import pytest

from harness.model import Estimate
from harness.report.page.json import analysis_document
from harness.report.sections.shared_state import figure as shared_pair_dots
from harness.report.sections.shared_state import words as shared_pairs
from tests.unit.report import crowd, factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis

USUAL = crowd.crowd(variants=2, workloads=4)


def test_a_row_has_both_speed_ups_and_the_cost_with_intervals_and_n() -> None:
    (figure,) = shared_pairs.section(USUAL).figures
    assert figure.title == "Private and shared, 2 threads"
    rows = [
        (row.head, *(cell.text.replace("\u00a0", " ") for cell in row.cells))
        for row in figure.table.rows
    ]
    assert rows[0] == (
        *("v0", "v0", "1.741× [1.713, 1.770], n = 10", "0.700× [0.688, 0.712], n = 10"),
        *("3.000× [2.952, 3.049], n = 10", "sharing is slower"),
    )
    assert [row[0] for row in rows] == ["v0", "v0", "v1", "v1"]
    assert figure.table.note == "The cost comes from pairs within blocks, n = 10 blocks."
    found = list(csv.DictReader(io.StringIO(figure.csv)))
    assert (found[0]["cost"], found[0]["cost_n"], found[0]["verdict"]) == ("3.0", "10", "slower")


def test_a_sentence_says_where_sharing_costs_most() -> None:
    said = shared_pairs.section(USUAL).sentences
    assert said[1].startswith("v0: sharing takes longer in 2 of 2 pairs, most in v1: 3.000×")
    none = dataclasses.replace(USUAL, sharing_costs=crowd.costs(("v0", "v1"), ["v0_shared"], (1,)))
    assert shared_pairs.section(none).sentences[1:] == ()
    many = shared_pairs.section(crowd.crowd(variants=7, workloads=2)).sentences
    assert many[1].startswith("7 variants: sharing takes longer in 7 of 7 cells, most in v0 under")


def test_unresolved_costs_are_said_to_be() -> None:
    wide = tuple(
        dataclasses.replace(one, cost=found, verdict=factory.judged(found))
        for one in USUAL.sharing_costs
        for found in (factory.estimate(1.4, spread=2.0),)
    )
    section = shared_pairs.section(dataclasses.replace(USUAL, sharing_costs=wide))
    assert section.sentences[1] == "v0: in none of 2 pairs is sharing shown to take longer."
    assert section.figures[0].table.rows[0].cells[-1].value == "not resolved"


@pytest.mark.parametrize(
    "analysis",
    [
        factory.analysis(),
        crowd.crowd(workloads=1),
        crowd.crowd(threads=(1,)),
        dataclasses.replace(USUAL, cells=(), sharing_costs=()),
        crowd.spoilt(USUAL, None),
    ],
    ids=["no pair", "one arm", "one thread count", "failed only", "no estimates"],
)
def test_where_no_pair_was_measured_it_says_how_to_get_one(analysis: Analysis) -> None:
    section = shared_pairs.section(analysis)
    assert (section.figures, section.tables) == ((), ())
    assert "`nox -s bench -- --workload counter`" in section.absent
    assert shared_pair_dots.draw(analysis) == {}


@pytest.mark.parametrize(
    "estimate",
    [
        Estimate(point=2.0, low=0.0, high=math.inf, level=0.95, n=3, method="t"),
        Estimate(point=2.0, low=None, high=None, level=0.95, n=1, method="one process"),
        factory.estimate(1.0, spread=300.0),
        factory.estimate(1e-6),
    ],
    ids=["infinite", "n = 1", "wider than the axis", "tiny"],
)
def test_odd_estimates_are_drawn_within_the_figure(estimate: Estimate) -> None:
    sheet = shared_pair_dots.draw(crowd.spoilt(USUAL, estimate))[shared_pairs.FIGURE]
    assert crowd.outside(sheet) == []


def test_of_many_pairs_the_figure_shows_some_and_the_table_all() -> None:
    analysis = crowd.crowd(variants=30, workloads=10, threads=(1, 2), label=crowd.LONG)
    section = shared_pairs.section(analysis)
    assert section.sentences[-1] == "The figure shows 3 of 5 pairs; the table has all."
    assert len(section.figures[0].table.rows) == 150
    sheet = shared_pair_dots.draw(analysis)[shared_pairs.FIGURE]
    assert crowd.outside(sheet) == []
    assert sheet.height < 3500


def test_a_failed_arm_leaves_the_other() -> None:
    cells = tuple(
        one
        for one in USUAL.cells
        if (one.variant, one.benchmark.name) != ("v0", "v0_shared/threads=2")
    )
    failed = factory.failure(variant="v0", benchmark=USUAL.cells[4].benchmark)
    costs = tuple(one for one in USUAL.sharing_costs if one.variant != "v0")
    analysis = dataclasses.replace(USUAL, cells=cells, failures=(failed,), sharing_costs=costs)
    row = shared_pairs.section(analysis).figures[0].table.rows[0]
    assert [cell.value for cell in row.cells[2:]] == ["–", "–", "–"]
    assert shared_pairs.FIGURE in shared_pair_dots.draw(analysis)


def test_the_document_holds_cost_and_throughput() -> None:
    found = json.loads(analysis_document(USUAL, pathlib.Path("page")))
    cost, rate = found["sharing"][1], found["throughput"][0]
    assert (cost["pair"], cost["threads"], cost["cost"]["point"]) == ("v0", 2, 3.0)
    assert cost["verdict"]["decision"] == "slower"
    assert (rate["workload"], rate["relative"]["n"]) == ("v0_private", 10)
