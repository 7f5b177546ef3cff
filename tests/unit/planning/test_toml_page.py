"""``docs/gilscope_toml.md`` names every key, and its example works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.planning.bench_options import BenchOptions
from harness.planning.config import FILE_NAME, resolve
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "gilscope_toml.md").read_text(encoding="utf-8")


def test_every_key_is_in_the_table() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = {key for row in rows for key in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert named == {info.encode_name for info in msgspec.structs.fields(BenchOptions)}


def test_the_example_is_read_as_it_says(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / FILE_NAME).write_text(example, encoding="utf-8")
    options = resolve(BenchOptions(blocks=3), tmp_path).options
    assert options.interpreter == ("3.14", "3.14t", "mine=./build/python")
    assert (options.threads, options.time_budget_s) == ((1, 2, 4), 1200)
    assert options.blocks == 3
