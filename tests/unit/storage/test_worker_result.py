"""What a worker's result may hold: notes have plain names and finite numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.storage.worker_result import RunFormatError, read_run
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.model import Cell


@pytest.fixture(scope="module")
def cell() -> Cell:
    return fakes.plan(("3.14",), workloads=("factorize",), threads=(1,)).cells[0]


def notes_of(cell: Cell, notes: dict[str, list[float]]) -> dict[str, tuple[float, ...]]:
    return read_run(fakes.outcome_of(cell, 1, values=(notes,)).run).samples[0].notes


def test_notes_are_read(cell: Cell) -> None:
    assert notes_of(cell, {"response_s": [0.5, 1], "a": []}) == {"response_s": (0.5, 1), "a": ()}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "x" * 10_000, "", "_s", "Upper_s", "a b", "a\n", "é"]
)
def test_hostile_names_of_notes_are_refused(cell: Cell, name: str) -> None:
    with pytest.raises(RunFormatError, match="regex"):
        notes_of(cell, {name: [1.0]})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_notes_that_are_no_usable_numbers_are_refused(cell: Cell, value: float) -> None:
    with pytest.raises(RunFormatError):
        notes_of(cell, {"response_s": [value]})


def test_a_number_beyond_all_floats_is_refused(cell: Cell) -> None:
    run = bytes(fakes.outcome_of(cell, 1, values=({"response_s": [0.125]},)).run)
    with pytest.raises(RunFormatError):
        read_run(run.replace(b"0.125", b"1e999"))


def test_notes_are_bounded_in_number(cell: Cell) -> None:
    with pytest.raises(RunFormatError, match="length"):
        notes_of(cell, {f"name_{number}": [] for number in range(61)})
    raw = json.dumps({"response_s": [0] * 1_000_001})
    outcome = fakes.outcome_of(cell, 1, values=({"response_s": [0.125]},))
    text = json.dumps({"response_s": [0.125]})
    assert text.replace('"', '\\"').encode() in bytes(outcome.run)
    long = bytes(outcome.run).replace(
        text.replace('"', '\\"').encode(), raw.replace('"', '\\"').encode()
    )
    with pytest.raises(RunFormatError, match="length"):
        read_run(long)


def test_samples_with_the_names_of_their_fields_are_read_as_well(cell: Cell) -> None:
    suite = json.loads(bytes(fakes.outcome_of(cell, 1, values=({"a": [1.0]}, {})).run))
    plain = read_run(json.dumps(suite).encode()).samples
    names = ("wall_s", "cpu_s", "start_skew_s", "stop_skew_s", "voluntary_switches",
             "involuntary_switches", "collections", "checksum", "notes")  # fmt: skip
    arrays = json.loads(suite["metadata"]["gilscope_samples"])
    named = [dict(zip(names, values, strict=True)) for values in arrays]
    suite["metadata"]["gilscope_samples"] = json.dumps(named)

    found = read_run(json.dumps(suite).encode()).samples

    assert [msgspec.structs.astuple(one) for one in found] == [
        msgspec.structs.astuple(one) for one in plain
    ]
    assert found[0].notes == {"a": (1.0,)}
