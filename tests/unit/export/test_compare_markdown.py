"""A comparison as a comment on a pull request."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING

import pytest

from harness.analysis.comparing.gate import tripping
from harness.analysis.comparing.sides import Key
from harness.commands.compare import CompareOptions, make_comparison
from harness.errors import StoreError
from harness.export.compare_markdown import comparison_summary
from tests.unit.export.private import HOST, found_in
from tests.unit.report.compare.test_view import GATES, comparison, side, usual

if TYPE_CHECKING:
    from pathlib import Path

    from harness.commands.load import Loaded


def test_what_changed_stands_first_and_the_rest_is_folded_away() -> None:
    shown = comparison_summary(usual())
    before, after = shown.split("<details>")
    assert re.search(r"\| `factorize/threads=2` \| `3.14t` \|.*\| slower \|", before)
    assert "`factorize/threads=1`" in after
    assert "- warning: Something differs." in before
    assert "- only in old: 1 cell" in before
    assert "wilhelmina" not in shown
    assert "secretbox" not in shown


def test_the_conditions_for_failing_come_first() -> None:
    found = usual()
    gates = [(gate, tripping(gate, found.cells)) for gate in GATES]

    lines = [line for line in comparison_summary(found, gates).splitlines() if line]

    assert lines[1:3] == [
        "❌ `slower>5%`: **met by 1 cell** (6 of 9 cells tested)",
        "✅ `faster>50%`: not met (6 of 9 cells tested)",
    ]


def test_no_name_does_anything() -> None:
    key = Key("@all <img src=x>", "a|b`c`\n# d")
    found = usual()
    hostile = tuple(dataclasses.replace(cell, key=key) for cell in found.cells)
    shown = comparison_summary(dataclasses.replace(found, cells=hostile, warnings=("@x #1 <b>",)))
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", shown)
    assert not re.search(r"[@#]\w", outside)
    assert "\\<b\\>" in outside
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {7}


def test_a_large_comparison_fits_into_a_comment() -> None:
    found = comparison(side({}, name="old"), side({"3.14t lesson/serial": math.log(2)}, name="new"))
    shown = comparison_summary(dataclasses.replace(found, cells=found.cells * 100))
    assert len(shown) < 65_000
    assert "more cells" in shown


def test_it_is_written_where_it_is_wanted(loaded: Loaded, folder: Path, tmp_path: Path) -> None:
    suites = loaded.pyperf_suites()
    for name, label in (("old.json", "3.14"), ("new.json", "3.14t")):
        (tmp_path / name).write_bytes(suites[label])
    sides = (str(tmp_path / "old.json"), str(tmp_path / "new.json"))
    options = CompareOptions(markdown=str(tmp_path / "comment.md"))
    make_comparison(sides, options, results=tmp_path, reports=tmp_path / "reports")
    written = (tmp_path / "comment.md").read_bytes()
    assert re.match(rb"### `[^`]*\(new.json\)` against `[^`]*\(old.json\)`\n", written)
    assert HOST.encode() not in written
    assert found_in(written, folder.parent) == []
    with pytest.raises(StoreError, match="cannot be written"):
        make_comparison(
            sides,
            CompareOptions(markdown=str(tmp_path / "no" / "x.md")),
            results=tmp_path,
            reports=tmp_path / "reports",
        )
