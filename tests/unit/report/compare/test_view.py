"""The compare page as a value, and as a page of hostile names."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparing.compare import compare
from harness.analysis.comparing.comparison import Choice, Comparison, InputName
from harness.analysis.comparing.gate import parse_gate, tripping
from harness.analysis.comparing.sides import ComparisonInput, Key, Lost
from harness.report.compare import figure as compare_figure
from harness.report.compare.html import render_comparison
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
        "commands": ("nox -s bench -- --interpreter old=/home/wilhelmina/a/python",),
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
    assert "…/python" in page
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


def test_a_comparison_without_cells_has_a_page() -> None:
    found = dataclasses.replace(usual(), cells=())

    assert "No cell could be compared." in render_comparison(found)
    assert comparison_lines(found, ())


def test_a_gate_says_which_cells_tripped_it() -> None:
    found = usual()
    (cell,) = tripping(GATES[0], found.cells)

    said = gate_line(found, GATES[0], (cell,))

    assert said.startswith("--fail-if 'slower>5%' holds for factorize/threads=2, 3.14t (+")
    assert gate_line(found, GATES[1], ()).startswith(
        "--fail-if 'faster>50%': shown for no cell; it would trip in four of five"
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
    assert shown["number"] == ("more", "7.3864")
