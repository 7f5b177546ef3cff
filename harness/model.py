"""The project's value types: frozen, keyword-only, without I/O.

Place in the flow: the vocabulary every other module speaks. What is stored in a
results folder is a ``msgspec.Struct`` and is validated when it is read back.
"""

from __future__ import annotations

import enum

import msgspec

__all__ = [
    "Benchmark",
    "Build",
    "Cell",
    "Cpu",
    "Estimate",
    "Job",
    "Kind",
    "Machine",
    "Manifest",
    "Mode",
    "Outcome",
    "Plan",
    "Preset",
    "Provenance",
    "Scaling",
    "Status",
    "Unavailable",
    "Variant",
    "Workload",
]


class Kind(enum.StrEnum):
    """What a workload spends its time on."""

    CPU = "cpu"
    IO = "io"
    MIXED = "mixed"


class Scaling(enum.StrEnum):
    """What stays fixed as threads are added: the total work or the work per thread."""

    STRONG = "strong"
    WEAK = "weak"


class Mode(enum.StrEnum):
    """How the same function is run N times at once."""

    THREADS = "threads"
    SERIAL = "serial"
    PROCESSES = "processes"


class Status(enum.StrEnum):
    """How a job ended."""

    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    SKIPPED = "skipped"


class _Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the stored values: immutable, hashable, strict when decoded."""


class Provenance(_Value, frozen=True, kw_only=True):
    """Where a build came from: the provider's name and a short sentence."""

    provider: str
    source: str
    """What was fetched, unpacked or built: for example ``Python-3.14.7.tar.xz``."""
    sha256: str = ""


class Build(_Value, frozen=True, kw_only=True):
    """What the probe found out about one interpreter executable.

    The identity of a build is ``path`` and ``digest``, never its version string: two
    builds of one version with other flags are told apart by nothing else.
    """

    path: str
    """The path the worker is started with."""
    real_path: str
    digest: str
    """Short hash of the probe record, the executable's size and modification time."""
    implementation: str
    """``cpython``, ``pypy`` or ``graalpy``."""
    version: str
    """Version of the implementation: ``3.14.7`` for CPython, ``8.0.1`` for PyPy."""
    python_version: str
    """Version of the language it implements: ``3.11.15`` for PyPy 8.0.1."""
    is_free_threaded: bool
    """``Py_GIL_DISABLED``: built to run without the GIL."""
    is_gil_enabled: bool
    """Whether the GIL was on in the probe, with an environment that says nothing of it."""
    jit: str
    """``none``, ``off`` (built, not enabled) or ``on``."""
    is_debug: bool
    has_pgo: bool
    has_lto: bool
    compiler: str
    cflags: str
    configure_args: str
    libc: str
    architecture: str
    revision: str
    missing_modules: tuple[str, ...] = ()
    """Optional standard library modules that this build lacks."""
    provenance: Provenance

    @property
    def optimisation(self) -> str:
        """Return ``PGO+LTO``, ``PGO``, ``LTO``, ``no PGO/LTO``, or for PyPy ``not known``."""
        if self.implementation != "cpython":
            return "not known"
        parts = [name for name, has in (("PGO", self.has_pgo), ("LTO", self.has_lto)) if has]
        return "+".join(parts) or "no PGO/LTO"


class Variant(_Value, frozen=True, kw_only=True):
    """A build and the environment it is run with: one line in every chart."""

    label: str
    spec: str
    """What was asked for, such as ``3.14t+gil``."""
    build: Build
    environment: tuple[tuple[str, str], ...] = ()
    is_gil_expected: bool
    """The GIL state every worker must find before and after its work."""


class Unavailable(_Value, frozen=True, kw_only=True):
    """An interpreter that was asked for and could not be had: a row with a reason."""

    label: str
    spec: str
    reason: str


class Cpu(_Value, frozen=True, kw_only=True):
    """One logical CPU."""

    id: int
    core: int
    """Identity of its physical core, unique on the machine."""
    node: int
    """NUMA node."""
    kind: str = ""
    """``P`` or ``E`` where cores differ, else empty."""


class Machine(_Value, frozen=True, kw_only=True):
    """The audit of the computer, and of what this process may use of it."""

    label: str
    """A name safe to publish, such as ``AMD EPYC, 2 cores, Linux x86_64``."""
    host: str
    """The host name; private, never published unless asked."""
    system: str
    kernel: str
    libc: str
    architecture: str
    cpu_model: str
    cpus: tuple[Cpu, ...]
    """The usable logical CPUs: those of the affinity mask."""
    quota: float | None = None
    """CPUs' worth of time granted by the control group, ``None`` when unlimited."""
    memory_bytes: int
    governor: str = ""
    virtualization: str = ""
    load_1min: float | None = None
    notes: tuple[str, ...] = ()
    """What could not be read, and what may disturb a measurement."""

    @property
    def usable_cpus(self) -> int:
        """Return how many threads can really run at once: the mask cut by the quota."""
        count = len(self.cpus)
        return count if self.quota is None else max(1, min(count, int(self.quota)))

    @property
    def physical_cores(self) -> int:
        """Return the number of distinct physical cores usable, cut by the quota."""
        return min(self.usable_cpus, len({cpu.core for cpu in self.cpus}))


class Workload(_Value, frozen=True, kw_only=True):
    """A registered workload as the plan and the report know it."""

    name: str
    kind: Kind
    scaling: Scaling
    summary: str
    """First line of its docstring."""
    expectation: str
    """The curve to expect, one sentence."""
    modes: tuple[Mode, ...]
    tags: tuple[str, ...] = ()
    thread_counts: tuple[int, ...] | None = None
    """The only thread counts it makes sense at (``lesson``: one per number); else any."""
    value_s: float | None = None
    """Duration of one value when the workload fixes it itself (waits), in seconds."""
    units: int = 1
    """Units of work in one loop, for throughput."""


class Benchmark(_Value, frozen=True, kw_only=True):
    """A workload in one mode at one thread count."""

    workload: str
    mode: Mode
    threads: int

    @property
    def name(self) -> str:
        """Return pyperf's name of it, such as ``factorize/threads=4``."""
        if self.mode is Mode.SERIAL:
            return f"{self.workload}/serial"
        return f"{self.workload}/{self.mode}={self.threads}"


class Cell(_Value, frozen=True, kw_only=True):
    """A variant and a benchmark: the thing measured."""

    variant: str
    benchmark: Benchmark

    @property
    def name(self) -> str:
        """Return a readable identity, such as ``3.14t factorize/threads=4``."""
        return f"{self.variant} {self.benchmark.name}"


class Preset(_Value, frozen=True, kw_only=True):
    """How much is measured: blocks × values, and how long one value lasts at least."""

    name: str
    blocks: int
    values: int
    min_value_s: float = 0.1
    """A value lasts at least this long, unless the workload fixes its duration itself."""
    timeout_s: float = 60.0
    """A worker may take ten times its pilot, and always at least this long."""


class Plan(_Value, frozen=True, kw_only=True):
    """Blocks of jobs in seeded order; the unit of stopping is the block."""

    seed: int
    preset: Preset
    baseline: str
    variants: tuple[Variant, ...]
    workloads: tuple[Workload, ...]
    threads: tuple[int, ...]
    cells: tuple[Cell, ...]
    order: tuple[tuple[int, ...], ...]
    """For each block the indices of all cells, in the order they are run."""


class Job(_Value, frozen=True, kw_only=True):
    """One cell in one block: one worker process. Block 0 is the pilot."""

    block: int
    position: int
    cell: Cell


class Outcome(_Value, frozen=True, kw_only=True):
    """What became of one job: one line of the journal."""

    job: Job
    status: Status
    started: str
    """UTC, ISO 8601 with milliseconds."""
    duration_s: float
    """Wall time of the worker process, from launch to exit."""
    loops: int = 0
    warmups: int = 0
    values: int = 0
    reason: str = ""
    exit_code: int | None = None
    stderr_tail: str = ""
    load_1min: float | None = None
    stolen: float | None = None
    """Share of all CPU time that the host took away during the job; ``None`` if unknown."""
    run: msgspec.Raw = msgspec.Raw(b"null")
    """pyperf's suite JSON as the worker wrote it; ``null`` unless the job succeeded."""


class Manifest(_Value, frozen=True, kw_only=True):
    """Everything about an experiment that is known before its first job."""

    schema_version: int
    id: str
    created: str
    """UTC, ISO 8601."""
    label: str
    plan: Plan
    machine: Machine
    unavailable: tuple[Unavailable, ...]
    versions: tuple[tuple[str, str], ...]
    """Name and version of everything that took part in measuring."""
    workloads_digest: str
    """Hash of the workload sources: a resumed experiment must run the same code."""


class Estimate(_Value, frozen=True, kw_only=True):
    """A number that never travels without its interval.

    ``low`` and ``high`` are ``None`` when the data allow no interval (``n`` below 2).
    """

    point: float
    low: float | None
    high: float | None
    level: float
    n: int
    """Processes or blocks the interval rests on."""
    method: str
