"""The summary of one page, a small file in its folder: ``reports/<id>/summary.json``."""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from harness.errors import StoreError
from harness.files import read_plain, write_whole
from harness.model import Estimate, WorkerSettings
from harness.model.values import Count, Name, Share, Value
from harness.statistics.levels import LEVEL
from harness.storage.checksum import sealed, unsealed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "SUMMARY",
    "SUMMARY_SCHEMA",
    "Answered",
    "CompareSummary",
    "MadeOn",
    "Noted",
    "Number",
    "Summary",
    "Time",
    "VariantSummary",
    "What",
    "read_summary",
    "write_summary",
]

SUMMARY = "summary.json"
SUMMARY_SCHEMA = 1
"""A file of another version is made again, or its page is listed without numbers."""
_MAX_BYTES = 500_000

_Positive = Annotated[float, Meta(gt=0, le=1e12)]
_Spread = Annotated[float, Meta(ge=0, le=1e3)]
_Sentence = Annotated[str, Meta(max_length=2000)]
_Letter = Annotated[str, Meta(pattern="^[A-D]$")]


class What(enum.StrEnum):
    """What the number of an answer is."""

    SPEEDUP = "speed-up"
    """Against one thread of the same variant, or against the same work one after another."""
    TIME = "time"
    """Seconds for one loop, where there is nothing to compare it with."""
    DELAY = "delay"
    """Seconds: the 99th percentile of answers beside one computing thread."""
    WITHHELD = "withheld"
    """The machine's own limit is too low to judge a speed-up by."""
    NOTHING = "nothing"


class Number(Value, frozen=True, kw_only=True):
    """An estimate above 0, with what a trend needs."""

    point: _Positive
    low: _Positive | None = None
    high: _Positive | None = None
    n: Count
    """Processes or blocks it rests on."""
    error: _Spread | None = None
    """Standard error of its natural logarithm; ``None`` where there is no interval."""
    sd: _Spread | None = None
    """Standard deviation between processes, natural logarithms; of times alone."""

    def __post_init__(self) -> None:
        """Raise ValueError where the bounds are not around the point."""
        low, high = self.low or self.point, self.high or self.point
        if not low <= self.point <= high:
            raise ValueError("an interval that its point is not in")

    @property
    def estimate(self) -> Estimate:
        """Return the estimate it was made from, as far as it is shown."""
        return Estimate(
            point=self.point, low=self.low, high=self.high, level=LEVEL, n=self.n, method="stored"
        )

    @property
    def log(self) -> float:
        """Return the natural logarithm of the point."""
        return math.log(self.point)


class Answered(Value, frozen=True, kw_only=True):
    """The page's answer for one variant."""

    what: What
    number: Number | None
    workload: Name = ""
    threads: Count = 0
    one_thread: Number | None = None
    """Time of the same workload with one thread ÷ the baseline's."""
    sentence: _Sentence = ""


class VariantSummary(Value, frozen=True, kw_only=True):
    """A variant: what it is, and its answer."""

    label: Name
    implementation: Name
    version: Name
    digest: Name
    """Short hash of the build's probe record."""
    environment: Name = ""
    answer: Answered


class Time(Value, frozen=True, kw_only=True):
    """Typical seconds for one loop of a workload with one thread."""

    variant: Name
    workload: Name
    seconds: Number


class MadeOn(Value, frozen=True, kw_only=True):
    """The machine, as far as it may be published: without the name of its host."""

    label: Name
    cpu_model: Name
    system: Name
    architecture: Name
    kernel: Name
    cpus: Count
    """Usable logical CPUs."""
    cores: Count


class Noted(Value, frozen=True, kw_only=True):
    """What an A/A experiment found."""

    floor: Annotated[float, Meta(ge=0, le=100)]
    comparisons: Count
    different: Count
    """Called different, each alone."""


class Summary(WorkerSettings, frozen=True, kw_only=True, tag_field="kind", tag="experiment"):
    """Summary of an experiment's page."""

    schema_version: int
    made_from: Name
    """Hash of the results it was made from, and of the version that made it."""
    id: Name
    created: Name
    """UTC, ISO 8601."""
    label: Annotated[str, Meta(max_length=500)]
    machine: MadeOn
    baseline: Name
    grade: _Letter
    is_complete: bool
    blocks_done: Count
    blocks_planned: Count
    threshold: Share
    """Largest relative difference that does not matter."""
    is_aa: bool
    noise: Noted | None = None
    code: Name
    """Short hash of the workloads' code."""
    preset: Name = ""
    """Size of the measurement, such as ``fast``; empty in older files."""
    workloads: Annotated[tuple[Name, ...], Meta(max_length=1000)] = ()
    """Empty in older files."""
    variants: Annotated[tuple[VariantSummary, ...], Meta(max_length=200)]
    times: Annotated[tuple[Time, ...], Meta(max_length=1000)]


class CompareSummary(Value, frozen=True, kw_only=True, tag_field="kind", tag="comparison"):
    """Summary of a comparison's page."""

    schema_version: int
    old: Name
    new: Name
    created: Name
    """Of the new side; empty where the file does not tell."""
    machine: Annotated[str, Meta(max_length=500)]
    headline: _Sentence
    cells: Count
    changed: Count
    failed_gates: Count


class _Version(msgspec.Struct):
    schema_version: int


_decoder = msgspec.json.Decoder(Summary | CompareSummary)


def write_summary(summary: Summary | CompareSummary, folder: Path) -> None:
    """Write the file into the folder of its page, at once; raises StoreError."""
    try:
        encoded = msgspec.json.encode(summary)
        _decoder.decode(encoded)  # what could not be read is not written
        whole = sealed(msgspec.json.format(encoded, indent=1) + b"\n")
        write_whole(folder / SUMMARY, whole)
    except msgspec.ValidationError as error:
        raise StoreError(f"{folder / SUMMARY} would not be readable: {error}") from error
    except OSError as error:
        raise StoreError(f"{folder / SUMMARY} cannot be written: {error.strerror}") from error


def read_summary(folder: Path) -> Summary | CompareSummary | None:
    """Return the summary of a page; ``None`` without a small, undamaged file of this version."""
    try:
        data = unsealed(read_plain(folder / SUMMARY, max_bytes=_MAX_BYTES))
        if msgspec.json.decode(data, type=_Version).schema_version != SUMMARY_SCHEMA:
            return None
        summary: Summary | CompareSummary = _decoder.decode(data)
    except (OSError, ValueError, RecursionError):
        return None
    return summary
