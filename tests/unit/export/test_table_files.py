"""The tables: what stands in them, the same in CSV and Parquet, and safe to open."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from harness.analysis.results import quantities
from harness.export.columns import Column, Type, framed
from harness.export.estimates_table import ESTIMATES, SPLITS, estimates_frame
from harness.export.table_files import csv_bytes, parquet_bytes
from harness.export.values_table import VALUES
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.commands.load import Loaded

DOCS = Path("docs/export.md")
TABLES: dict[str, tuple[Column[Any], ...]] = {
    "values": VALUES,
    "estimates": ESTIMATES,
    "splits": SPLITS,
}


def frames(loaded: Loaded) -> dict[str, pd.DataFrame]:
    return {"values": loaded.values, "estimates": loaded.estimates, "splits": loaded.splits}


def read_csv(data: bytes, name: str) -> pd.DataFrame:
    types = {column.name: column.type.value for column in TABLES[name]}
    return pd.read_csv(io.BytesIO(data), dtype=types)


@pytest.mark.parametrize("name", TABLES)
def test_csv_and_parquet_give_the_frame_back(loaded: Loaded, name: str) -> None:
    frame = frames(loaded)[name]
    assert len(frame) > 0
    pd.testing.assert_frame_equal(read_csv(csv_bytes(frame), name), frame)
    packed = parquet_bytes(frame)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(packed)), frame)
    assert parquet_bytes(frame) == packed


@pytest.mark.parametrize("name", TABLES)
def test_types_are_the_same_where_there_is_no_row(loaded: Loaded, name: str) -> None:
    columns = TABLES[name]
    empty = framed(columns, [])
    assert list(empty.dtypes) == list(frames(loaded)[name].dtypes)
    read = pd.read_parquet(io.BytesIO(parquet_bytes(empty)))
    assert list(read.dtypes) == list(empty.dtypes)


def test_values_are_those_of_the_store_with_warm_ups_marked(loaded: Loaded) -> None:
    frame = loaded.values
    processes = loaded.material.processes
    assert frame["process"].nunique() == len(processes)
    for number, process in enumerate(processes):
        rows = frame[frame["process"] == number]
        timed = rows[~rows["is_warmup"]]
        assert tuple(timed["value_s"]) == process.run.values
        assert tuple(timed["loops"]) == (process.run.loops,) * len(process.run.values)
        assert tuple(rows["value_index"]) == tuple(range(len(rows)))
        turns = process.outcome.turns
        assert tuple(timed["round"]) == tuple(turn.round for turn in turns)
        assert tuple(timed["turn"]) == tuple(turn.position for turn in turns)
        assert timed["is_calm"].all()
        assert rows[rows["is_warmup"]]["round"].isna().all()
    assert set(frame["benchmark"]) >= {"factorize/threads=4", "lesson/serial"}
    assert frame["is_estimated"].all()


def test_an_estimate_is_found_by_cell_and_quantity(loaded: Loaded) -> None:
    frame = loaded.estimates
    cell = loaded.analysis.cells[3]
    (row,) = frame[
        (frame["variant"] == cell.variant)
        & (frame["benchmark"] == cell.benchmark.name)
        & (frame["quantity"] == "time")
    ].to_dict("records")
    assert (row["point"], row["low"], row["high"], row["n"], row["unit"]) == (
        *(cell.time_s.point, cell.time_s.low, cell.time_s.high, cell.time_s.n, "s"),
    )
    assert set(frame["quantity"]) <= {name for name, *_ in documented()}
    rates = frame[frame["quantity"] == "throughput"]
    assert list(rates["point"]) == [one.relative.point for one in loaded.analysis.throughputs]
    whole = frame[frame["quantity"] == "alpha"]
    assert whole["threads"].isna().all()


def test_splits_have_a_row_for_each_part(loaded: Loaded) -> None:
    parts = loaded.splits.groupby("benchmark")["part"].agg(list)
    assert parts["factorize/threads=2"] == ["tax", "removal", "net"]


def test_what_workloads_note_is_among_the_estimates() -> None:
    frame = estimates_frame(factory.measured())
    units = dict(zip(frame["quantity"], frame["unit"], strict=True))
    assert units["response_s.p99"] == "s"
    assert units["peak_rss"] == "B"
    assert pd.isna(units["missed_deadlines.share"])


def test_no_text_in_csv_is_a_formula() -> None:
    texts = [column.name for column in SPLITS if column.type is Type.TEXT]
    columns: list[Column[str | None]] = [
        Column(name, Type.TEXT, "any text", lambda row: row) for name in texts
    ]
    frame = framed(columns, ["=1+1,\n", "@x", None])
    lines = csv_bytes(frame).decode()
    assert lines.splitlines()[1].startswith("\"'=1+1,")
    assert "\r\n'@x,'@x," in lines
    assert pd.read_parquet(io.BytesIO(parquet_bytes(frame)))["gil"][0] == "=1+1,\n"


def section(path: Path, heading: str) -> str:
    (text,) = re.findall(
        rf"^##+ `{heading}`\n(.*?)(?=^#|^`|\Z)", path.read_text(), re.DOTALL | re.MULTILINE
    )
    return str(text)


def documented() -> list[tuple[str, str, str]]:
    """Return the quantities of the estimates table: name, unit, meaning."""
    tables: tuple[tuple[str, tuple[Any, ...]], ...] = (
        *(("", quantities.CELL), ("", quantities.THROUGHPUT), ("", quantities.SHARING)),
        *(("", quantities.MEMORY), ("<name>.", quantities.NOTE), ("", quantities.LAW)),
    )
    return [
        (f"{prefix}{quantity.name}", quantity.unit, quantity.meaning)
        for prefix, entries in tables
        for quantity in quantities.estimated(entries)
    ]


def test_the_documents_have_every_quantity() -> None:
    text = section(DOCS, "estimates")
    rows = re.findall(r"^\| `([\w<>.]+)` \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    assert rows == documented()


def test_the_documents_have_every_key_of_a_cell() -> None:
    text = section(Path("docs/json.md"), "cells")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \| (.*?) \|$", text, re.MULTILINE)
    expected = [
        (entry.key, "estimate", entry.unit, entry.meaning)
        if isinstance(entry, quantities.Quantity)
        else (entry.key, "verdict", "", entry.meaning)
        for entry in quantities.CELL
        if not isinstance(entry, quantities.Quantity) or entry.is_in_json
    ]
    assert rows == expected


@pytest.mark.parametrize("name", TABLES)
def test_the_documents_have_every_column(name: str) -> None:
    text = section(DOCS, name)
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| (.*?) \|$", text, re.MULTILINE)
    words = {"string": "text", "Int64": "integer", "float64": "number", "boolean": "true or false"}
    assert rows == [(one.name, words[one.type], one.unit, one.meaning) for one in TABLES[name]]
