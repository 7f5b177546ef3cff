"""How work scales: laws, break-even points, shares of the ceiling, throughput, cost of sharing."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Estimate, Mode, Verdict

__all__ = [
    "BreakEven",
    "Law",
    "LawResult",
    "LevelEstimate",
    "Reached",
    "Refusal",
    "ShareOfCeiling",
    "SharingCost",
    "Throughput",
]


class Law(enum.StrEnum):
    """A model of N/S − 1 that was fitted."""

    AMDAHL = "Amdahl"
    """α(N − 1)."""
    USL = "USL"
    """α(N − 1) + βN(N − 1)."""


class Refusal(enum.StrEnum):
    """Why there is no law, or only the smaller of the two."""

    PACED = "paced"
    """The duration is fixed."""
    WAITS = "waits"
    """Waiting needs no core, so that N cores are no measure."""
    OWN_THREADS = "own threads"
    """The workload brings its own number of threads."""
    NO_SINGLE = "no N = 1"
    """No run with one thread (process) to compare with."""
    BEYOND_CORES = "beyond the cores"
    """Every level above 1 has more threads than there are physical cores."""
    ONE_BLOCK = "one block"
    """Fewer than two blocks have both N = 1 and an N above it."""
    NOT_SEPARABLE = "not separable"
    """α and β cannot be distinguished: Amdahl's law was fitted instead."""


class Reached(enum.StrEnum):
    """Whether free threading pays, and from how many threads."""

    AT_ONE = "at one thread"
    AT_MORE = "at more threads"
    """Or at the only ones that were measured."""
    NOWHERE = "at none measured"
    """The whole interval lies below 1 at each of them."""
    UNRESOLVED = "not resolved"
    """At none the interval lies above 1, but at some it contains 1."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelEstimate:
    """An estimate at one number of threads (processes)."""

    threads: int
    estimate: Estimate


@dataclasses.dataclass(frozen=True, kw_only=True)
class LawResult:
    """How one workload scales under one variant, in threads or (the ceiling) in processes.

    ``alpha`` is 0 for perfect scaling, 1 where nothing runs in parallel, and above 1 where threads
    slow each other down. Nothing is clipped.
    """

    variant: str
    workload: str
    mode: Mode
    law: Law | None = None
    refusal: Refusal | None = None
    """Why ``law`` is ``None``, or Amdahl's in spite of enough levels."""
    levels: tuple[int, ...] = ()
    """The N that were fitted, 1 included."""
    alpha: Estimate | None = None
    beta: Estimate | None = None
    """``None`` under Amdahl's law, where it is 0."""
    karp_flatt: tuple[LevelEstimate, ...] = ()
    """e(N) at every measured N above 1, even beyond the physical cores."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShareOfCeiling:
    """Software efficiency of one variant and workload: threads' speed-up ÷ processes' speed-up."""

    variant: str
    workload: str
    ceiling: str
    """Label of the variant whose processes are the ceiling."""
    levels: tuple[LevelEstimate, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class BreakEven:
    """The number of threads from which a build without the GIL is faster than one with it."""

    workload: str
    gil: str
    free_threaded: str
    reached: Reached
    threads: int | None
    """The smallest measured number at which the whole interval lies above 1."""
    levels: tuple[LevelEstimate, ...]
    """T(GIL build) ÷ T(free-threaded build); the intervals cover simultaneously."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SharingCost:
    """The cost of shared state for one variant at one number of threads."""

    variant: str
    pair: str
    """Common part of the names of both workloads, such as ``counter``."""
    private: str
    shared: str
    threads: int
    cost: Estimate
    """T(shared) ÷ T(private) at this number of threads."""
    verdict: Verdict | None
    """On the cost, among all variants and thread counts of the pair."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Throughput:
    """Work per second of one variant and workload at one number of threads."""

    variant: str
    workload: str
    threads: int
    relative: Estimate
    """÷ the work per second of the baseline with one thread, paired in blocks."""
