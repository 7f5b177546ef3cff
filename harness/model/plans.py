"""Plans, workloads, jobs and their outcomes."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from harness.model.builds import Machine, Unavailable, Variant  # noqa: TC001  # msgspec decodes
from harness.model.modes import Mode  # noqa: TC001  # msgspec decodes
from harness.model.values import (
    MAX_BLOCKS,
    MAX_THREADS,
    Blocks,
    Celsius,
    Count,
    Hertz,
    Instant,
    Name,
    Positive,
    Seconds,
    Share,
    Text,
    Threads,
    Value,
)
from harness.model.worker_settings import WorkerSettings

__all__ = [
    "MIN_NOISE_BLOCKS",
    "PILOT",
    "Benchmark",
    "Cell",
    "Job",
    "Kind",
    "Manifest",
    "Noise",
    "Outcome",
    "Pin",
    "Plan",
    "Preset",
    "Scaling",
    "Skipped",
    "Status",
    "Turn",
    "Workload",
]

MAX_ROUNDS = 1_000_000
PILOT = 0
"""The block number of the pilot; measured blocks count from 1."""


class Kind(enum.StrEnum):
    """The kind of work of a workload."""

    CPU = "cpu"
    IO = "io"
    MIXED = "mixed"


class Scaling(enum.StrEnum):
    """What stays fixed as threads are added: the total work or the work per thread."""

    STRONG = "strong"
    WEAK = "weak"


class Status(enum.StrEnum):
    """The end of a job."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    SKIPPED = "skipped"
    KNOWN = "known"
    """Not measured in this block: its intervals are far narrower than asked for."""


class Pin(enum.StrEnum):
    """Where the threads of a job run."""

    CORES = "cores"
    """Each on a CPU of its own, where there are as many."""
    NONE = "none"
    """Where the operating system puts them."""


class Workload(Value, frozen=True, kw_only=True):
    """A registered workload as the plan and the report know it."""

    name: Name
    kind: Kind
    scaling: Scaling
    summary: Text
    """First line of its docstring."""
    expectation: Text
    """The curve to expect, one sentence."""
    modes: tuple[Mode, ...]
    tags: tuple[Text, ...] = ()
    thread_counts: tuple[Threads, ...] | None = None
    """The only thread counts it makes sense at; else any."""
    value_s: Seconds | None = None
    """Duration of one value when the workload fixes it itself (waits), in seconds."""
    min_value_s: Seconds | None = None
    """Duration that a value must have at least, where the work has a rhythm of its own."""
    units: Positive = 1
    """Units of work in one loop, for throughput."""
    least_units: Positive = 1
    """Units that all blocks together must have at least, in each cell."""
    is_paced: bool = False
    """It lasts a fixed time: its notes are the result, not its duration."""
    answering_threads: Count = 0
    """Threads that answer requests while all others compute."""
    deadline_s: Instant | None = None
    """An answer noted as ``response_s`` that takes longer misses its deadline."""
    max_speedup: Annotated[float, Meta(ge=1, le=MAX_THREADS)] | None = None
    """The limit of the work itself with any number of cores, where its parts are unequal."""
    notes: tuple[tuple[Name, Text], ...] = ()
    """Name of each note with its unit, and its meaning, as a clause."""
    rank: Annotated[int, Meta(ge=0, le=1000)] = 10
    """Place in the report: lower ranks first, equal ones in the order of the plan."""
    needs: tuple[Name, ...] = ()
    """Optional modules of the standard library without which it cannot run."""
    family: Name = ""
    """The module that defines it, such as ``shared``."""
    pair: Name = ""
    """The common name of both arms of a pair, such as ``counter``; empty outside pairs."""
    arm: Name = ""
    """``private`` or ``shared``: whose state the threads work on."""
    source: Name = ""
    """The name of the user's file that defines it, never its folder."""
    digest: Name = ""
    """Short hash of that file."""

    def meaning(self, note: str) -> str:
        """Return the meaning of a note, or nothing if the workload has none."""
        return dict(self.notes).get(note, "")


class Benchmark(Value, frozen=True, kw_only=True, cache_hash=True):
    """A workload in one mode at one thread count."""

    workload: Name
    mode: Mode
    threads: Threads

    @property
    def name(self) -> str:
        """Return its name for pyperf, such as ``factorize/threads=4``."""
        is_counted = bool(self.mode.facts.noun)
        return f"{self.workload}/{self.mode}{f'={self.threads}' if is_counted else ''}"


class Cell(Value, frozen=True, kw_only=True, cache_hash=True):
    """A variant and a benchmark: the thing measured."""

    variant: Name
    benchmark: Benchmark

    @property
    def name(self) -> str:
        """Return a readable identity, such as ``3.14t factorize/threads=4``."""
        return f"{self.variant} {self.benchmark.name}"


class Preset(Value, frozen=True, kw_only=True):
    """The size of a measurement: blocks × rounds, and the duration of a value."""

    name: Name
    blocks: Blocks
    values: Positive
    """Values of each process: the rounds of a block, fewer where values are longer."""
    min_value_s: Seconds = 0.1
    """About how long a value lasts, unless the workload fixes its duration itself."""
    units_share: Share = 1.0
    """Of the units of work that workloads require at least: a quick look has fewer."""
    timeout_s: Seconds = 60.0
    """A worker may take ten times its pilot, and always at least this long."""


class Skipped(Value, frozen=True, kw_only=True):
    """A workload that a variant cannot run: a row with a reason."""

    variant: Name
    workload: Name
    mode: Mode
    reason: Text


class Plan(WorkerSettings, frozen=True, kw_only=True):
    """Blocks of jobs in seeded order; the unit of stopping is the block.

    The settings of its workers are stored as fields of its own, as in every earlier manifest.
    """

    seed: Count
    preset: Preset
    baseline: Name
    variants: tuple[Variant, ...]
    workloads: tuple[Workload, ...]
    threads: tuple[Threads, ...]
    cells: tuple[Cell, ...]
    order: tuple[tuple[Count, ...], ...]
    """For each block the indices of all cells, in the order they are run."""
    skipped: tuple[Skipped, ...] = ()
    memory_blocks: Count = 0
    """Blocks of the memory pass, which follow those that are timed."""
    folder: Text = ""
    """Where the files of workloads are; empty for the system's temporary folder."""
    time_budget_s: Seconds | None = None
    """No block but the first is started that would not end in this time."""
    precision: Share | None = None
    """No block is started once every headline interval is within this share of its point."""
    is_frugal: bool = False
    """A workload that is known far better than asked for is measured in fewer blocks."""
    pin: Pin = Pin.NONE
    cpus: Count = 0
    """Usable CPUs: as many workers start at once. 0 in plans of one worker after another."""
    has_short_pilot: bool = False
    """The pilot does not show how cells warm up: the time budget is too short for that."""

    @property
    def worker(self) -> WorkerSettings:
        """Return the settings of its workers."""
        return msgspec.convert(self, WorkerSettings, from_attributes=True)

    @property
    def has_stopping_rule(self) -> bool:
        """Return whether fewer blocks may be measured than are planned."""
        return self.time_budget_s is not None or self.precision is not None

    def variant(self, label: str) -> Variant:
        """Return the variant called ``label``; every cell names one."""
        return next(variant for variant in self.variants if variant.label == label)

    def is_jit_on(self, label: str) -> bool:
        """Return whether the variant called ``label`` compiles while it runs."""
        return self.variant(label).is_jit_on

    def cells_of(self, workload: str) -> tuple[Cell, ...]:
        """Return the cells of the workload called ``workload``."""
        return tuple(cell for cell in self.cells if cell.benchmark.workload == workload)

    def group_of(self, cell: Cell) -> str:
        """Return the name of a cell's group: all cells that are compared, and so live side by side.

        It is the workload, or the pair, whose two arms are compared with each other.
        """
        workload = self.workload(cell.benchmark.workload)
        return workload.pair or workload.name

    def workload(self, name: str) -> Workload:
        """Return the workload called ``name``; every cell names one."""
        return next(workload for workload in self.workloads if workload.name == name)


class Job(Value, frozen=True, kw_only=True):
    """One cell in one block: one worker process. Block 0 is the pilot."""

    block: Annotated[int, Meta(ge=0, le=MAX_BLOCKS)]
    position: Count
    cell: Cell
    is_memory: bool = False
    """It belongs to the memory pass, and its times count for nothing."""

    @property
    def key(self) -> tuple[bool, int, Cell]:
        """Return the identity of the job within its plan."""
        return self.is_memory, self.block, self.cell

    @property
    def is_timed(self) -> bool:
        """Return whether its times are results: it is neither a pilot nor in the memory pass."""
        return self.block > 0 and not self.is_memory


class Turn(Value, frozen=True, array_like=True):
    """One timed value of a process: its place in the group's rounds, and the canaries around it.

    Canaries are times of a fixed piece of work, run at once on each CPU, in microseconds.
    """

    round: Annotated[int, Meta(ge=1, le=MAX_ROUNDS)]
    position: Count
    """Place in the order of its round."""
    at_s: Seconds
    """When it got the token, since the group's start."""
    held_s: Seconds
    """How long it held it."""
    before: tuple[Positive, ...] = ()
    """Of each of the outcome's ``cpus``."""
    after: tuple[Positive, ...] = ()


class Outcome(Value, frozen=True, kw_only=True):
    """The outcome of one job: one line of the journal."""

    job: Job
    status: Status
    started: Name
    """UTC, ISO 8601 with milliseconds: when its worker, or its group, was started."""
    duration_s: Seconds
    """Wall time of the worker process, from launch to exit."""
    share_s: Seconds | None = None
    """Its equal share of the wall time of its group; ``None`` where it ran alone."""
    loops: Count = 0
    warmups: Count = 0
    values: Count = 0
    reason: Text = ""
    exit_code: int | None = None
    stderr_tail: Text = ""
    left_processes: Count = 0
    """Processes that the worker had left behind when it ended; they were killed."""
    load_1min: Seconds | None = None
    stolen: Share | None = None
    """Share of all CPU time that the host took away during the job; ``None`` if unknown."""
    others_cpus: Seconds | None = None
    """Usable CPUs that others kept busy during the job, on average; ``None`` if unknown."""
    canary_s: Instant | None = None
    """Time of a fixed piece of work right before the job, or the median of those before its
    turns: how fast the machine was then."""
    frequency_hz: Hertz | None = None
    """Mean clock of the usable CPUs right after the job; ``None`` where it cannot be read."""
    temperature_c: Celsius | None = None
    """Hottest reading of the processor right after the job; ``None`` where there is none."""
    cpus: tuple[Count, ...] = ()
    """The CPUs of its canaries: where pinned, that of each of its threads."""
    is_pinned: bool = False
    unpinned: Text = ""
    """Why its threads are not pinned, where they were to be."""
    turns: tuple[Turn, ...] = ()
    """One for each value, in order; empty where it ran alone."""
    run: msgspec.Raw = msgspec.Raw(b"null")
    """pyperf's suite JSON as the worker wrote it; ``null`` unless the job succeeded."""

    @property
    def wall_s(self) -> float:
        """Return its part of the wall time of the experiment, in seconds."""
        return self.duration_s if self.share_s is None else self.share_s


MIN_NOISE_BLOCKS = 5
"""With fewer, ratios vary more by the small number of blocks than by the machine."""


class Noise(Value, frozen=True, kw_only=True):
    """The noise of a machine, from an experiment of one interpreter against itself (A/A)."""

    experiment: Name
    """Its id."""
    created: Name
    """UTC, ISO 8601."""
    floor: Annotated[float, Meta(ge=0, le=100)]
    """95th percentile of |ratio − 1| over its comparisons, all of the same interpreter."""
    comparisons: Positive
    blocks: Count = 0
    """Complete blocks of the experiment; 0 in older records."""
    different: Count
    """Comparisons that were called different, though none is."""
    grade: Name = ""
    """Letter of the experiment; empty in older records."""

    @property
    def is_usable(self) -> bool:
        """Return whether the floor rests on enough to be used."""
        return self.blocks >= MIN_NOISE_BLOCKS and self.grade != "D"


class Manifest(Value, frozen=True, kw_only=True):
    """Everything about an experiment that is known before its first job."""

    schema_version: int
    id: Name
    created: Name
    """UTC, ISO 8601."""
    label: Text
    plan: Plan
    machine: Machine
    unavailable: tuple[Unavailable, ...]
    versions: tuple[tuple[str, str], ...]
    """Name and version of all software that took part in measuring."""
    workloads_digest: Text
    """Hash of the workload sources: a resumed experiment must run the same code."""
    noise: Noise | None = None
    """From the newest A/A experiment on this machine at that time."""
    is_aa: bool = False
    """All variants are one interpreter: all differences are due to chance."""
