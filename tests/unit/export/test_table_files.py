"""The tables: what stands in them, the same in CSV and Parquet, and safe to open."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from harness.export.columns import TABLES, Type, framed
from harness.export.estimates_table import QUANTITIES, estimates_frame
from harness.export.table_files import csv_bytes, parquet_bytes
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.commands.load import Loaded

DOCS = Path("docs/export.md")


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
    empty = framed(columns, {column.name: [] for column in columns})
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
    assert set(frame["quantity"]) <= set(QUANTITIES)
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
    columns = TABLES["splits"]
    data: dict[str, object] = {
        one.name: ["=1+1,\n", "@x", None] if one.type is Type.TEXT else [None] * 3
        for one in columns
    }
    frame = framed(columns, data)
    lines = csv_bytes(frame).decode()
    assert lines.splitlines()[1].startswith("\"'=1+1,")
    assert "\r\n'@x,'@x," in lines
    assert pd.read_parquet(io.BytesIO(parquet_bytes(frame)))["gil"][0] == "=1+1,\n"


@pytest.mark.parametrize("name", TABLES)
def test_the_documents_have_every_column(name: str) -> None:
    (table,) = re.findall(
        rf"^## `{name}`\n(.*?)(?=^## |\Z)", DOCS.read_text(), re.DOTALL | re.MULTILINE
    )
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| (.*?) \|$", table, re.MULTILINE)
    words = {"string": "text", "Int64": "integer", "float64": "number", "boolean": "true or false"}
    assert rows == [(one.name, words[one.type], one.unit, one.meaning) for one in TABLES[name]]
