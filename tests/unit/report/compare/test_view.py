"""The compare page as a value, and as a page of hostile names."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.analysis.comparing.compare import compare
from harness.analysis.comparing.comparison import Choice, Comparison, InputName
from harness.analysis.comparing.gate import parse_gate, tripping
from harness.analysis.comparing.sides import ComparisonInput, Key, Lost
from harness.report.compare import figure as compare_figure
from harness.report.compare import words
from harness.report.compare.html import render_comparison
from harness.report.compare.published import published
from harness.report.compare.terminal import comparison_lines, gate_line
from harness.report.compare.view import build_compare_view
from harness.report.redaction import scrubbed
from tests.unit.analysis.sides import experiment, file, sample
from tests.unit.report.snapshots import outline

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

HOSTILE = "<script>alert(1)</script>"
GATES = (parse_gate("slower>5%"), parse_gate("faster>50%"))


def side(changes: dict[str, float], **more: object) -> ComparisonInput:
    rng = np.random.default_rng(7)
    cells = {}
    for benchmark in ("factorize/threads=1", "factorize/threads=2", "lesson/serial"):
        family = benchmark.partition("/")[0]
        for label in ("3.14", "3.14t"):
            logs = rng.normal(-3, 0.004, 10) + changes.get(f"{label} {benchmark}", 0.0)
            cells[Key(label, benchmark)] = sample(logs, family=family)
    cells.update(more.pop("extra", {}))  # type: ignore[call-overload]
    return experiment(cells, {"3.14": "same", "3.14t": str(more.get("name"))}, **more)


def comparison(old: ComparisonInput, new: ComparisonInput, **changes: object) -> Comparison:
    cells = compare(old, new, Choice(threshold=0.02), {})
    facts: dict[str, object] = {
        "old": InputName(name=old.name, label=old.label, created=old.created),
        "new": InputName(name=new.name, label=new.label, created=new.created),
        "machine": "Example CPU, 2 cores",
        "is_across": False,
        "threshold": 0.02,
        "level": 0.95,
        "cells": cells.compared,
        "missing": cells.missing,
        "added": cells.added,
        "failed": cells.failed,
        "not_comparable": cells.not_comparable,
        "warnings": ("Something differs.",),
        "advice": ("Measure both in one experiment.",),
        "commands": (("--interpreter", "old=/home/wilhelmina/a/python"), ("--workload", "lesson")),
        "private": ("secretbox.corp.example", "wilhelmina"),
    }
    return Comparison(**{**facts, **changes})  # type: ignore[arg-type]


def usual() -> Comparison:
    lost = Lost(
        key=Key("3.14t", "lesson/serial"),
        failed=2,
        succeeded=8,
        reason="exit code 1, see /home/wilhelmina/x.txt on secretbox.corp.example",
    )
    gone = {
        Key("3.14", "gone/serial"): sample([0.0]),
        Key("3.14", "paced/serial"): sample([0.0], is_paced=True),
        Key("3.14", "alone/serial"): sample([0.0], family="alone"),
    }
    fresh = {
        Key("3.14", "fresh/serial"): sample([0.0]),
        Key("3.14", "paced/serial"): sample([0.0], is_paced=True),
        Key("3.14", "alone/serial"): sample([0.1, 0.2], family="alone"),
    }
    slower = {"3.14t factorize/threads=2": math.log(1.1), "3.14t lesson/serial": math.log(0.9)}
    old = side({}, name="20260101T000000Z-aaaaaa", label="before", extra=gone)
    new = side(slower, name="20260102T000000Z-bbbbbb", extra=fresh, lost=(lost,))
    return comparison(old, new)


def test_the_page_of_a_comparison(snapshot: SnapshotAssertion) -> None:
    found = usual()
    gates = [(gate, tripping(gate, found.cells)) for gate in GATES]

    assert outline(build_compare_view(scrubbed(found, found.private), gates)) == snapshot


def test_nothing_private_reaches_the_page_and_nothing_is_loaded() -> None:
    page = render_comparison(usual())

    assert "secretbox" not in page
    assert "wilhelmina" not in page
    assert "nox -s bench -- --workload lesson" in page
    assert "…/python" not in page
    assert "names paths of the computer" in page
    assert "default-src &#39;none&#39;" in page
    assert page.count("<script") == 1
    assert not re.search(r'(?:src|href)="(?!#|data:(?:,|text/csv;))', page)


def test_hostile_names_are_shown_as_text() -> None:
    hostile = {HOSTILE: sample([0.0, 0.1, 0.2]), "\x1b[31mred\u202e": sample([0.0, 0.1, 0.2])}
    one = file(hostile, name=f"{HOSTILE}.json")
    found = comparison(one, one)

    page = render_comparison(found)
    lines = comparison_lines(found, [(GATES[0], found.cells)])

    assert page.count("<script") == 1
    assert "&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert all(line.isprintable() for line in lines)


def test_two_pages_of_one_comparison_are_the_same() -> None:
    assert render_comparison(usual()) == render_comparison(usual())


def test_of_very_many_cells_the_largest_changes_are_drawn() -> None:
    rng = np.random.default_rng(1)
    old = file({f"b{index}": sample(rng.normal(0, 0.01, 5)) for index in range(60)})
    new = file({f"b{index}": sample(rng.normal(index == 59, 0.01, 5)) for index in range(60)})
    found = comparison(old, new)

    drawn = compare_figure.drawn(found)

    assert len(drawn) == 40
    assert drawn[-1].key.benchmark == "b59"
    view = build_compare_view(found)
    assert view.figure is not None
    assert "The 40 largest of 60" in view.figure.subtitle
    assert len(view.table.rows) == 60


def test_names_that_are_paths_stay_apart_once_shortened() -> None:
    names = [f"/home/ada/{folder}/bench.py::sort" for folder in "xy"]
    one = file({name: sample([0.0, 0.1]) for name in names})
    found = comparison(one, one)

    rows = build_compare_view(published(found)).table.rows
    lines = [line.split("  ")[0] for line in comparison_lines(found, ()) if "bench.py" in line]

    assert {row.head for row in rows} == {"…/bench.py::sort", "…/bench.py::sort (2)"}
    assert len(set(lines)) == 2
    builds = ("/home/ada/x/python", "/home/ada/y/python")
    cells = {Key(label, "sort"): sample([0.0, 0.1]) for label in builds}
    built = experiment(cells, dict(zip(builds, "12", strict=True)))
    table = build_compare_view(published(comparison(built, built))).table
    assert [row.cells[0].value for row in table.rows] == ["…/python", "…/python (2)"]


def test_the_title_is_short_and_tells_both_sides_apart() -> None:
    one = file({"a": sample([0.0, 0.1])})
    names = [f"bm-2025-3.15{state}/bm-{'x' * 60}.json" for state in ("", "-NOGIL")]
    old, new = (dataclasses.replace(one, name=name) for name in names)

    title = build_compare_view(comparison(old, new)).title

    assert len(title) < 90
    assert "NOGIL" in title.partition(" against ")[0]
    assert "NOGIL" not in title.partition(" against ")[2]
    labelled = [dataclasses.replace(one, label=label) for label in ("before", "after")]
    assert build_compare_view(comparison(*labelled)).title == "after against before"


def test_a_comparison_without_cells_has_a_page() -> None:
    found = dataclasses.replace(usual(), cells=())

    assert "No cell could be compared." in render_comparison(found)
    assert comparison_lines(found, ())


def test_a_gate_says_which_cells_tripped_it() -> None:
    found = usual()
    (cell,) = tripping(GATES[0], found.cells)

    said = gate_line(found, GATES[0], (cell,))

    assert said.startswith(
        "--fail-if 'slower>5%' is met by 1 cell (6 of 9 cells tested): "
        "factorize/threads=2, 3.14t (+"
    )
    assert gate_line(found, GATES[1], ()).startswith(
        "--fail-if 'faster>50%': shown for no cell, 6 of 9 cells tested; it would trip in four"
    )


def test_the_terminal_counts_what_would_fill_it() -> None:
    many = {f"b{index}": sample([0.0, 0.1, 0.2]) for index in range(30)}
    one = file({"same": sample([0.0, 0.1, 0.2])})
    found = comparison(file({**many, "same": sample([0.0, 0.1, 0.2])}), one)

    lines = [line for line in comparison_lines(found, ()) if line.startswith("only in old")]

    assert len(lines) == 11
    assert lines[-1] == "only in old: 20 more cells"
    cells = comparison(file(many), file(many)).cells
    assert gate_line(found, GATES[0], cells).endswith(", 20 more cells")


def test_of_bytes_and_counts_there_is_more_or_less() -> None:
    rng = np.random.default_rng(3)
    small, large, number = (rng.normal(at, 1e-3, 6) for at in (4.0, 17.0, 2.0))
    old = file(
        {
            "small": sample(small, unit="byte"),
            "large": sample(large, unit="byte"),
            "number": sample(number, unit="integer"),
        }
    )
    new = file(
        {
            "small": sample(small + 1, unit="byte"),
            "large": sample(large - 1, unit="byte"),
            "number": sample(number + 1, unit="integer"),
        }
    )

    rows = build_compare_view(comparison(old, new)).table.rows

    (most, *_) = build_compare_view(comparison(old, new)).changes
    assert most.number.endswith("×")
    shown = {row.head: (row.cells[0].value, row.cells[3].value) for row in rows}
    assert shown["small"][0] == "more"
    assert shown["small"][1].endswith("\u00a0B")
    assert shown["large"][0] == "less"
    assert shown["large"][1].endswith("\u00a0MiB")
    assert shown["number"] == ("more", "7.39")


def test_doubts_are_raised_before_the_answer() -> None:
    found = dataclasses.replace(usual(), cautions=("The machine itself was slower.",))

    page, lines = render_comparison(found), comparison_lines(found, ())

    assert lines[2] == "caution: The machine itself was slower."
    text = page.partition("<body")[2]
    assert text.index("The machine itself was slower.") < text.index("Of 7 cells")


def test_ratios_to_an_anchor_have_a_column_of_their_own() -> None:
    found = usual()

    (head,) = (line for line in comparison_lines(found, ()) if line.startswith("benchmark"))
    table = build_compare_view(found).table

    assert "new ÷ old" in head
    assert "relative to 3.14" in head
    titles = [column.title for column in table.columns]
    plain, relative = (titles.index(name) - 1 for name in ("New ÷ old", "Relative to the anchor"))
    for cell, row in zip(found.cells, table.rows, strict=True):
        if cell.basis.anchor:
            times = float(row.cells[plain].value.removesuffix("×"))
            assert times == pytest.approx(cell.new.point / cell.old.point, rel=0.005)
            assert row.cells[relative].has_interval
        else:
            assert row.cells[relative].value == "–"
    no_anchor = comparison_lines(dataclasses.replace(found, cells=found.cells[:1]), ())
    assert not any("relative to" in line for line in no_anchor[:6])


def test_names_with_one_beginning_are_told_apart() -> None:
    names = [f"draft3 > maxItems > maxItems validation > case {letter}" for letter in "abcd"]
    one = file({name: sample([0.0, 0.1, 0.2]) for name in names})
    found = comparison(one, one)

    lines = [line for line in comparison_lines(found, ()) if line.startswith("…")]

    assert len({line.split("  ")[0] for line in lines}) == len(names)
    for letter, line in zip("abcd", lines, strict=True):
        assert f"case {letter}" in line


def test_a_reader_sees_three_digits_and_the_table_to_take_away_has_all() -> None:
    rng = np.random.default_rng(4)
    logs = rng.normal(0, 1e-5, 10)
    found = comparison(
        file({"a": sample(logs, unit="byte")}), file({"a": sample(logs + 1.3856, unit="byte")})
    )

    (change,) = build_compare_view(found).changes
    view = build_compare_view(found)

    assert change.number == "4.00×"
    assert view.figure is not None
    assert "3.9972" in view.figure.csv


def test_a_comparison_without_cells_is_a_whole_sentence() -> None:
    nothing = comparison(side({}, name="old"), side({}, name="new"), cells=())

    assert words.headline(nothing) == (
        "Nothing can be compared: no cell was measured in both old and new."
    )
