"""The results of an analysis: numbers with intervals, no text, no rounding."""

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
    from harness.model import Benchmark, Estimate, Manifest, Mode, ScalingVerdict, Status, Verdict
    from harness.planning.warmup import Shape

__all__ = [
    "Analysis",
    "CalmRounds",
    "CellResult",
    "Failure",
    "GilBack",
    "MemoryResult",
    "NoteResult",
    "Pinning",
    "RemarkResult",
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
class CalmRounds:
    """What the estimate of a speed-up or a ratio rests on, where cells took turns."""

    share: float
    """Of all rounds of both cells, those in which the machine was undisturbed around both."""
    decided: bool
    """The estimate rests on calm rounds alone; otherwise too few were calm, and all count."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pinning:
    """Whether the threads of timed processes ran on CPUs of their own."""

    pinned: int
    """Processes."""
    due: int
    """Processes whose threads were to be pinned: those pinned, and those that could not be."""
    reasons: tuple[tuple[str, int], ...]
    """Why others were not, and how many processes, most first."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellResult:
    """One cell with at least one successful process."""

    variant: str
    benchmark: Benchmark
    time_s: Estimate
    """Typical time of one loop of the workload (fixed work, or fixed work per thread)."""
    speedup: Estimate | None
    """Over one thread (process) of the same variant and mode, or over the serial mode of a
    workload that brings its own threads; ``None`` without that cell."""
    band: Estimate | None
    """The speed-up with its part of a simultaneous band, which covers all points of the curve (a
    variant's speed-ups in one mode) together at the level of an interval."""
    speedup_verdict: Verdict | None
    """On the time against one thread, among all speed-ups of the workload."""
    scaling: ScalingVerdict | None = None
    """Whether it scales; ``None`` beyond the physical cores and where nothing can be judged."""
    speedup_all: Estimate | None = None
    """The speed-up from all rounds, calm or not; ``None`` where it is not known which were."""
    speedup_calm: CalmRounds | None = None
    efficiency: Estimate | None
    """Speed-up ÷ threads."""
    ratio: Estimate | None
    """Time ÷ the baseline's time for the same benchmark, paired in blocks: below 1 is faster."""
    ratio_all: Estimate | None = None
    """The ratio from all rounds, as ``speedup_all``."""
    ratio_calm: CalmRounds | None = None
    verdict: Verdict | None
    """On the ratio, among all variants at all thread counts of the workload."""
    ratio_sign: Estimate | None
    """The median ratio with the interval of the sign test, which is valid for any noise; without
    one below 6 blocks."""
    means: Mapping[str, Estimate | None]
    """By name, of each of ``process_measures.MEANS``; ``None`` where no process has it."""
    start_skew_s: float
    """Median over processes of the time from the first to the last thread's start."""
    max_rss_bytes: float | None
    involuntary_switches_per_s: float | None
    loops: int
    warmups: int
    process_times_s: tuple[float, ...]
    """For each process the median of its values, in block order."""

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
    """Other differences of the two builds; the word *tax* is fair only when empty."""

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
    """The notes of one cell's workload under one name: quantiles of seconds, else means."""

    variant: str
    benchmark: Benchmark
    name: str
    """Ends in ``_s`` for durations in seconds."""
    count: int
    """Values noted by all processes together, without warm-ups."""
    total: float
    mean: Estimate | None
    """Per noted value, over processes; ``None`` for seconds."""
    share: Estimate | None
    """The sum ÷ the number of all such events (``missed_deadlines`` of ``response_s``)."""
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
    """Peak memory of one cell, from the pass that is not timed: means over processes."""

    variant: str
    benchmark: Benchmark
    peak_rss_bytes: Estimate | None
    pss_bytes: Estimate | None
    """Proportional set: shared pages are divided among the processes that share them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class WarmupResult:
    """How one variant warms up in one workload and mode, in the cell with fewest threads."""

    variant: str
    benchmark: Benchmark
    shape: Shape
    cold_ratio: Estimate | None
    """First value of a process ÷ its steady values; ``None`` before the first block."""
    found_s: float
    """Work time before the steady level, in the pilot; 0 for a flat series."""
    segments: int
    """Between the change points of the pilot's series."""
    processes: int
    """Pilots: a second one runs where the first alone is doubtful."""
    is_capped: bool
    """``found_s`` is longer than the limit for a process."""
    warmups: int
    """Values discarded by every measured process of the cell."""
    warmup_s: float
    curve: tuple[tuple[float, float], ...]
    """The pilot's calls: work time when each ended, seconds, and its time ÷ the last level; empty
    with too few."""


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
class GilBack:
    """An import that turned the GIL back on, under a variant that promises it off."""

    variant: str
    module: str
    benchmarks: tuple[Benchmark, ...]
    """Cells that failed by it."""
    has_results: bool
    """Whether other cells of the variant have results."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RemarkResult:
    """What a workload changed or left behind, in processes that succeeded."""

    workload: str
    kind: str
    """One of ``RemarkKind``."""
    subject: str
    """A setting, a state, or the name of what was left."""
    variants: tuple[str, ...]
    modes: tuple[str, ...]
    processes: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Analysis:
    """Everything the report needs: the manifest and all results."""

    manifest: Manifest
    blocks_done: int
    """Complete blocks; the estimates rest on these alone."""
    stop: Stop
    """The rule that ended the experiment early, if any."""
    level: float
    threshold: float
    """The smallest relative difference that matters in practice."""
    cells: tuple[CellResult, ...]
    splits: tuple[Split, ...]
    failures: tuple[Failure, ...]
    measured_s: float
    """Wall time of all worker processes, pilots included."""
    duration_s: float
    """From the first worker's start to the last worker's end, pauses of a resume included."""
    load_1min: tuple[float, ...]
    """Load average at the start of each measured job, in run order."""
    notes: tuple[str, ...]
    """Remarks on the data, such as a dropped last line."""
    measures: tuple[NoteResult, ...] = ()
    """Notes of workloads, from the same blocks as the times."""
    memory: tuple[MemoryResult, ...] = ()
    """From the memory pass alone."""
    aa: AaResult | None = None
    laws: tuple[LawResult, ...] = ()
    """For each curve in threads or processes with an N above 1."""
    shares_of_ceiling: tuple[ShareOfCeiling, ...] = ()
    break_evens: tuple[BreakEven, ...] = ()
    """For each pair of builds and each workload whose number of threads can be chosen."""
    sharing_costs: tuple[SharingCost, ...] = ()
    """For each private/shared pair, variant and number of threads."""
    throughputs: tuple[Throughput, ...] = ()
    """For each threaded cell whose number of threads can be chosen."""
    warmup: tuple[WarmupResult, ...] = ()
    """By variant, workload and mode; none of waits, and none of old experiments."""
    samples: tuple[MachineSample, ...] = ()
    """Around each timed job, in run order."""
    calm_share: float | None = None
    """Share of turns, of timed jobs, in which the machine was undisturbed; ``None`` where there
    are no turns, or no canaries around them."""
    pinning: Pinning | None = None
    """``None`` for experiments that predate it."""
    gil_backs: tuple[GilBack, ...] = ()
    remarks: tuple[RemarkResult, ...] = ()
    grade: Grade

    @property
    def is_complete(self) -> bool:
        """Return whether all blocks that were due are measured."""
        planned = self.manifest.plan.preset.blocks
        return self.stop is not Stop.NOT or self.blocks_done >= planned

    def cell(self, variant: str, benchmark: Benchmark) -> CellResult | None:
        """Return the result of one cell, or ``None`` when it has no successful process."""
        matching = (cell for cell in self.cells if cell.variant == variant)
        return next((cell for cell in matching if cell.benchmark == benchmark), None)
