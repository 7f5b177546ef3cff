"""The summary beside a page: what it holds, what it must not hold, and what is not read."""

from __future__ import annotations

import dataclasses
import math
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.errors import StoreError
from harness.report.index.summarise import compare_summary, keep_summary, summary_of
from harness.report.index.summary_file import (
    SUMMARY,
    Number,
    Summary,
    What,
    read_summary,
    write_summary,
)
from tests.unit.report import factory, summaries_factory
from tests.unit.report.compare.test_view import GATES, usual

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made() -> Summary:
    return summary_of(factory.analysis(), made_from="f00d")


def test_a_summary_has_the_answer_of_the_page(made: Summary) -> None:
    free = next(one for one in made.variants if one.label == "3.14t")

    assert free.answer.what is What.SPEEDUP
    assert (free.answer.workload, free.answer.threads) == ("factorize", 2)
    assert free.answer.number is not None
    assert free.answer.number.estimate.point == pytest.approx(1.87)
    assert free.answer.number.error == pytest.approx(0.016 / 2.262, rel=1e-3)
    assert free.answer.one_thread is not None
    assert free.answer.one_thread.point == pytest.approx(1.087, rel=0.02)
    said = free.answer.sentence.replace("\u00a0", " ")
    assert said.startswith("factorize scales: it runs 1.870× [1.840, 1.901] as fast with 2 threads")
    assert (made.blocks_done, made.is_complete, made.grade) == (10, True, "B")
    assert made.made_from == "f00d"


def test_the_times_are_those_with_one_thread_of_what_computes(made: Summary) -> None:
    assert {one.workload for one in made.times} == {"factorize", "lesson"}
    first = made.times[0]
    assert (first.variant, first.workload) == ("3.14", "factorize")
    assert first.seconds.point == pytest.approx(0.0843)
    assert first.seconds.sd == pytest.approx(0.001 * math.sqrt(55 / 6), rel=0.05)


def test_nothing_private_is_in_a_summary(made: Summary) -> None:
    encoded = msgspec.json.encode(made).decode()

    for word in (factory.HOST, "secretbox", factory.USER, "/home", "/opt"):
        assert word not in encoded


def test_a_comparison_has_a_summary_without_private_words() -> None:
    found = dataclasses.replace(usual(), machine="a CPU of wilhelmina")

    made = compare_summary(found, [(GATES[0], found.cells[:1]), (GATES[1], ())])

    assert made.headline.startswith(f"Of {made.cells} cells: 1 slower")
    assert (made.changed, made.failed_gates) == (2, 1)
    assert made.new == "20260102T000000Z-bbbbbb"
    assert made.machine == "a CPU of …"


def test_what_was_written_is_read_again(tmp_path: Path, made: Summary) -> None:
    write_summary(made, tmp_path)
    compared = summaries_factory.compared()
    (tmp_path / "other").mkdir()
    write_summary(compared, tmp_path / "other")

    assert read_summary(tmp_path) == made
    assert read_summary(tmp_path / "other") == compared
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == [SUMMARY]


def test_the_same_analysis_gives_the_same_bytes(tmp_path: Path) -> None:
    keep_summary(factory.analysis(), tmp_path, made_from="x")
    before = (tmp_path / SUMMARY).read_bytes()
    keep_summary(factory.analysis(), tmp_path, made_from="x")

    assert (tmp_path / SUMMARY).read_bytes() == before


def test_a_machine_that_is_too_slow_gives_no_speedups() -> None:
    low = factory.analysis(manifest=factory.manifest(computer=factory.machine(4)))

    made = summary_of(low, made_from="")

    assert {one.answer.what for one in made.variants} == {What.WITHHELD}
    assert {one.answer.number for one in made.variants} == {None}


@pytest.mark.parametrize(
    "odd",
    [
        factory.analysis(cells=(), splits=()),
        factory.analysis(cells=factory.cells(n=1), splits=()),
        factory.analysis(cells=factory.cells(spread=400.0), splits=()),
        factory.measured(cells=()),
        factory.analysis(
            manifest=msgspec.structs.replace(factory.manifest(), label="x" * 20_000, created="?")
        ),
    ],
    ids=["nothing", "one process", "endless intervals", "latency alone", "long texts"],
)
def test_odd_experiments_have_a_summary(tmp_path: Path, odd: Any) -> None:
    made = summary_of(odd, made_from="")
    write_summary(made, tmp_path)

    assert read_summary(tmp_path) == made


def changed(**changes: object) -> bytes:
    usual = msgspec.to_builtins(summaries_factory.summary())
    return msgspec.json.encode({**usual, **changes})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe{}",
        b'{"schema_version": 1}',
        changed(schema_version=2),
        changed(schema_version=0),
        changed(kind="page"),
        changed(extra=1),
        changed(label="x" * 501),
        changed(grade="<script>"),
        changed(threshold=float(10**9)),
        changed(times=[{}]),
        changed(variants="all"),
        changed() + b" " * 500_000,
    ],
    ids=range(16),
)
def test_what_is_not_as_it_must_be_is_no_summary(tmp_path: Path, data: bytes) -> None:
    (tmp_path / SUMMARY).write_bytes(data)

    assert read_summary(tmp_path) is None


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    write_summary(summaries_factory.summary(), tmp_path)
    for name in ("linked", "pipe", "folder", "gone"):
        (tmp_path / name).mkdir()
    (tmp_path / "linked" / SUMMARY).symlink_to(tmp_path / SUMMARY)
    os.mkfifo(tmp_path / "pipe" / SUMMARY)
    (tmp_path / "folder" / SUMMARY).mkdir()

    for name in ("linked", "pipe", "folder", "gone"):
        assert read_summary(tmp_path / name) is None


@pytest.mark.parametrize(("low", "high"), [(2.0, 3.0), (0.1, 0.5)])
def test_an_interval_holds_its_point(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="not in"):
        Number(point=1.0, low=low, high=high, n=3)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_summary(summaries_factory.summary(), tmp_path / "none")
    keep_summary(factory.analysis(), tmp_path / "none", made_from="")
