"""What the analysis hands to the report: numbers with intervals, no text, no rounding."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

from harness.analysis.results.process_measures import CORES_USED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.results.scaling_laws import BreakEven, LawResult, ShareOfCeiling
    from harness.analysis.results.aa import AaResult
    from harness.analysis.results.grade import Grade
    from harness.analysis.results.process_measures import ProcessMeasure
    from harness.analysis.results.grade import MachineSample
    from harness.analysis.results.scaling_laws import SharingCost, Throughput
    from harness.model import Benchmark, Estimate, Manifest, Mode, Status, Verdict
    from harness.planning.warmup import Shape

__all__ = [
    "Analysis",
    "CellResult",
    "Failure",
    "MemoryResult",
    "NoteResult",
    "Split",
    "Stop",
    "WarmupResult",
]


class Stop(enum.StrEnum):
    """Why an experiment ended before its last planned block."""

    NOT = ""
    TIME = "time budget"
    PRECISION = "precision"



@dataclasses.dataclass(frozen=True, kw_only=True)
class CellResult:
    """One cell that has at least one good process."""

    variant: str
    benchmark: Benchmark
    time_s: Estimate
    """Typical seconds for one loop of the workload (fixed work, or fixed work per thread)."""
    speedup: Estimate | None
    """Against one thread (process) of the same variant and mode, or for a workload that brings
    its own threads against its serial mode; ``None`` without that cell."""
    band: Estimate | None
    """The speed-up with its part of a simultaneous band: all points of one curve (a variant's
    speed-ups in one mode) lie in theirs together with at least the level of an interval."""
    speedup_verdict: Verdict | None
    """On the time against one thread, among all speed-ups of the workload."""
    efficiency: Estimate | None
    """Speed-up ÷ threads."""
    ratio: Estimate | None
    """Time ÷ the baseline's time for the same benchmark, paired in blocks: below 1 is faster."""
    verdict: Verdict | None
    """On the ratio, among all variants at all thread counts of the workload."""
    ratio_sign: Estimate | None
    """The median ratio with the interval of the sign test: it is valid whatever the noise is like.
    Without one below 6 blocks."""
    means: Mapping[str, Estimate | None]
    """Of each of ``process_measures.MEANS``, by its name; ``None`` where no process has it."""
    start_skew_s: float
    """Median over processes of the time between the first and the last thread's start, seconds."""
    max_rss_bytes: float | None
    """Median over processes of the peak resident set size."""
    involuntary_switches_per_s: float | None
    """Median over processes of involuntary context switches per second of wall time."""
    loops: int
    warmups: int
    process_times_s: tuple[float, ...]
    """One number per process (the median of its values), in block order, seconds."""

    def mean(self, measure: ProcessMeasure) -> Estimate | None:
        """Return the mean of one measure over the cell's processes."""
        return self.means.get(measure.name)

    @property
    def cores_used(self) -> Estimate | None:
        """Return process CPU time ÷ wall time, in CPUs."""
        return self.mean(CORES_USED)

    @property
    def mode(self) -> Mode:
        """Return the benchmark's mode."""
        return self.benchmark.mode

    @property
    def threads(self) -> int:
        """Return the benchmark's thread (or process) count."""
        return self.benchmark.threads


@dataclasses.dataclass(frozen=True, kw_only=True)
class Split:
    """The three-way split of what free threading does, at one thread count of one workload.

    Every number is a ratio of times, so above 1 means slower and below 1 means faster.
    """

    benchmark: Benchmark
    gil: str
    """Label of the build with the GIL."""
    free_threaded: str
    free_threaded_gil: str | None
    """Label of the same free-threaded binary with the GIL on, when it was measured."""
    tax: Estimate | None
    """T(free-threaded build, GIL on) ÷ T(GIL build)."""
    removal: Estimate | None
    """T(free-threaded, GIL off) ÷ T(same binary, GIL on)."""
    net: Estimate | None
    """T(free-threaded, GIL off) ÷ T(GIL build)."""
    tax_verdict: Verdict | None
    """Each of the three among the same of all benchmarks of the workload."""
    removal_verdict: Verdict | None
    net_verdict: Verdict | None
    differences: tuple[str, ...]
    """What else differs between the two builds; the word *tax* is fair only when empty."""

    @property
    def workload(self) -> str:
        """Return the benchmark's workload."""
        return self.benchmark.workload

    @property
    def threads(self) -> int:
        """Return the benchmark's thread count."""
        return self.benchmark.threads


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoteResult:
    """What the workload of one cell noted under one name besides its times.

    Of seconds there are quantiles, of anything else means: the others are ``None``.
    """

    variant: str
    benchmark: Benchmark
    name: str
    """Ends in ``_s`` for durations in seconds; anything else is counted."""
    count: int
    """Values noted by all processes together, warm-ups left out."""
    total: float
    """Their sum."""
    mean: Estimate | None
    """Per noted value, over processes; ``None`` for seconds."""
    share: Estimate | None
    """The sum ÷ the number of what is counted (``missed_deadlines`` of ``response_s``)."""
    p50: Estimate | None
    p90: Estimate | None
    """``None`` below 10 values."""
    p99: Estimate | None
    """``None`` below 100 values."""
    maximum: float

    @property
    def is_seconds(self) -> bool:
        """Return whether the values are durations."""
        return self.name.endswith("_s")


@dataclasses.dataclass(frozen=True, kw_only=True)
class MemoryResult:
    """Peak memory of one cell, from the pass that is not timed. Bytes, means over processes."""

    variant: str
    benchmark: Benchmark
    peak_rss_bytes: Estimate | None
    """Resident set; ``None`` where it cannot be read."""
    pss_bytes: Estimate | None
    """Proportional set, shared pages divided; ``None`` where it cannot be read."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmupResult:
    """How one variant warms up in one workload and mode, seen in the cell with fewest threads."""

    variant: str
    benchmark: Benchmark
    shape: Shape
    cold_ratio: Estimate | None
    """First value of a process ÷ its steady values; ``None`` before the first block."""
    found_s: float
    """Time at work before the steady level, in the pilot; seconds, 0 for a flat series."""
    segments: int
    """Between the change points of the pilot's series."""
    processes: int
    """Pilots: a second one is run where the first one alone is not to be believed."""
    is_capped: bool
    """The found time is longer than what any process is granted."""
    warmups: int
    """Values that every measured process of the cell left out."""
    warmup_s: float
    """How long these last, seconds."""
    curve: tuple[tuple[float, float], ...]
    """The pilot's calls: time at work when each ended, seconds, and its time ÷ the last level.
    Empty where they were too few."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failure:
    """A cell with failed, timed-out or skipped jobs."""

    variant: str
    benchmark: Benchmark
    status: Status
    reason: str
    stderr_tail: str
    failed: int
    """Jobs that did not succeed."""
    succeeded: int
    is_quarantined: bool
    """It failed twice and was not tried again."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything the report needs: the manifest, and what was found."""

    manifest: Manifest
    blocks_done: int
    """Complete blocks; the estimates rest on these alone."""
    stop: Stop
    """The rule that ended the experiment early, if any."""
    level: float
    threshold: float
    """Relative difference below which none matters in practice."""
    cells: tuple[CellResult, ...]
    splits: tuple[Split, ...]
    failures: tuple[Failure, ...]
    measured_s: float
    """Wall time of all worker processes, the pilot's included, seconds."""
    duration_s: float
    """From the first worker's start to the last worker's end, seconds."""
    load_1min: tuple[float, ...]
    """Load average at the start of each measured job, in run order."""
    notes: tuple[str, ...]
    """What the reader of the numbers must know, such as a dropped last line."""
    measures: tuple[NoteResult, ...] = ()
    """What workloads noted besides their times, from the same blocks as the times."""
    memory: tuple[MemoryResult, ...] = ()
    """From the memory pass alone."""
    aa: AaResult | None = None
    """Of an experiment of one interpreter against itself."""

    laws: tuple[LawResult, ...] = ()
    """For each curve in threads or processes that goes beyond N = 1."""
    shares_of_ceiling: tuple[ShareOfCeiling, ...] = ()
    break_evens: tuple[BreakEven, ...] = ()
    """For each pair of builds and each workload whose number of threads can be chosen."""
    sharing_costs: tuple[SharingCost, ...] = ()
    """For each private/shared pair, variant and number of threads."""
    throughputs: tuple[Throughput, ...] = ()
    """For each threaded cell whose number of threads can be chosen."""
    warmup: tuple[WarmupResult, ...] = ()
    """By variant, workload and mode; none of what waits, and none of old experiments."""

    samples: tuple[MachineSample, ...] = ()
    """What was seen of the machine around each timed job, in run order."""
    grade: Grade
    """How far all of this is to be trusted."""

    @property
    def is_complete(self) -> bool:
        """Return whether all blocks were measured that were to be."""
        planned = self.manifest.plan.preset.blocks
        return self.stop is not Stop.NOT or self.blocks_done >= planned

    def cell(self, variant: str, benchmark: Benchmark) -> CellResult | None:
        """Return the result of one cell, or ``None`` when it has no good process."""
        for cell in self.cells:
            if cell.variant == variant and cell.benchmark == benchmark:
                return cell
        return None
