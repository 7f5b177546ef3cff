"""The project's value types: frozen, keyword-only, without I/O.

Place in the flow: the vocabulary every other module speaks. What is stored in a
results folder is a ``msgspec.Struct`` and is validated when it is read back.
"""

from __future__ import annotations

import enum
import re
from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = [
    "ENVIRONMENT",
    "MAX_BLOCKS",
    "MAX_THREADS",
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
    "Skipped",
    "Status",
    "Unavailable",
    "Variant",
    "Workload",
]


MAX_THREADS = 1024
MAX_BLOCKS = 1000
ENVIRONMENT = re.compile(
    r"PYTHON_(GIL|JIT|JIT_[A-Z_]+|TLBC|THREAD_INHERIT_CONTEXT|CONTEXT_AWARE_WARNINGS)"
    r"|PYTHON(MALLOC|HASHSEED|OPTIMIZE)|PYPY_GC_[A-Z_]+|MALLOC_[A-Z_]+"
)
"""The environment variables a variant may set.

They change how an interpreter works, and none names a file or a module: in a results folder
made elsewhere, one that did would decide what ``--resume`` runs.
"""

# Bounds of what is stored: a results folder may come from anywhere.
_Threads = Annotated[int, Meta(ge=1, le=MAX_THREADS)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Positive = Annotated[int, Meta(ge=1, le=2**53)]
_Blocks = Annotated[int, Meta(ge=1, le=MAX_BLOCKS)]
_Seconds = Annotated[float, Meta(ge=0, le=1e9)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Name = Annotated[str, Meta(max_length=200)]
_Text = Annotated[str, Meta(max_length=20_000)]


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
    INTERPRETERS = "interpreters"
    """Sub-interpreters of one process, each with its own GIL: CPython 3.14 and newer."""
    ASYNCIO = "asyncio"
    """Tasks of one event loop, for work that waits."""


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

    provider: _Name
    source: _Text
    """What was fetched, unpacked or built: for example ``Python-3.14.7.tar.xz``."""
    sha256: _Text = ""


class Build(_Value, frozen=True, kw_only=True):
    """What the probe found out about one interpreter executable.

    The identity of a build is ``path`` and ``digest``, never its version string: two
    builds of one version with other flags are told apart by nothing else.
    """

    path: _Text
    """The path the worker is started with."""
    real_path: _Text
    digest: _Name
    """Short hash of the probe record, the executable's size and modification time."""
    implementation: _Name
    """``cpython``, ``pypy`` or ``graalpy``."""
    version: _Name
    """Version of the implementation: ``3.14.7`` for CPython, ``8.0.1`` for PyPy."""
    python_version: _Name
    """Version of the language it implements: ``3.11.15`` for PyPy 8.0.1."""
    is_free_threaded: bool
    """``Py_GIL_DISABLED``: built to run without the GIL."""
    is_gil_enabled: bool
    """Whether the GIL was on in the probe, with an environment that says nothing of it."""
    jit: _Name
    """``none``, ``off`` (built, not enabled), ``on``, or ``not known`` (of CPython 3.13's)."""
    is_debug: bool
    has_pgo: bool
    has_lto: bool
    compiler: _Text
    cflags: _Text
    configure_args: _Text
    libc: _Text
    architecture: _Text
    revision: _Text
    missing_modules: tuple[_Text, ...] = ()
    """Optional standard library modules that this build lacks."""
    allocator: _Name = ""
    """``pymalloc``, ``mimalloc``, ``malloc``, or empty when it cannot be known."""
    is_shared: bool = False
    """Whether the interpreter is a shared library beside a small launcher."""
    has_own_config: bool = True
    """``False`` when the configuration on record is that of another binary: how this one was
    compiled is not known then."""
    has_tail_calls: bool = False
    """Whether its evaluation loop is built of tail calls."""
    runtime_flags: tuple[_Text, ...] = ()
    """Defaults that change how threads behave: ``thread_inherit_context=1``."""
    provenance: Provenance

    @property
    def optimisation(self) -> str:
        """Return ``PGO+LTO``, ``PGO``, ``LTO``, ``no PGO/LTO`` or ``not known`` (as for PyPy)."""
        if self.implementation != "cpython" or not self.has_own_config:
            return "not known"
        parts = [name for name, has in (("PGO", self.has_pgo), ("LTO", self.has_lto)) if has]
        return "+".join(parts) or "no PGO/LTO"


class Variant(_Value, frozen=True, kw_only=True):
    """A build and the environment it is run with: one line in every chart."""

    label: _Name
    spec: _Text
    """What was asked for, such as ``3.14t+gil``."""
    build: Build
    environment: tuple[tuple[str, str], ...] = ()
    is_gil_expected: bool
    """The GIL state every worker must find before and after its work."""

    @property
    def is_jit_on(self) -> bool:
        """Return whether it compiles while it runs, and so needs warming up."""
        if self.build.implementation != "cpython" or self.build.jit == "none":
            return self.build.jit == "on"
        wanted = dict(self.environment).get("PYTHON_JIT")
        return wanted != "0" if wanted else self.build.jit == "on"


class Unavailable(_Value, frozen=True, kw_only=True):
    """An interpreter that was asked for and could not be had: a row with a reason."""

    label: _Name
    spec: _Text
    reason: _Text


class Cpu(_Value, frozen=True, kw_only=True):
    """One logical CPU."""

    id: int
    core: int
    """Identity of its physical core, unique on the machine."""
    node: int
    """NUMA node."""
    kind: _Name = ""
    """``P`` or ``E`` where cores differ, else empty."""


class Machine(_Value, frozen=True, kw_only=True):
    """The audit of the computer, and of what this process may use of it."""

    label: _Name
    """A name safe to publish, such as ``AMD EPYC, 2 cores, Linux x86_64``."""
    host: _Text
    """The host name; private, never published unless asked."""
    system: _Text
    kernel: _Text
    libc: _Text
    architecture: _Text
    cpu_model: _Text
    cpus: tuple[Cpu, ...]
    """The usable logical CPUs: those of the affinity mask."""
    quota: _Seconds | None = None
    """CPUs' worth of time granted by the control group, ``None`` when unlimited."""
    memory_bytes: _Count
    governor: _Text = ""
    virtualization: _Text = ""
    load_1min: _Seconds | None = None
    notes: tuple[_Text, ...] = ()
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

    name: _Name
    kind: Kind
    scaling: Scaling
    summary: _Text
    """First line of its docstring."""
    expectation: _Text
    """The curve to expect, one sentence."""
    modes: tuple[Mode, ...]
    tags: tuple[_Text, ...] = ()
    thread_counts: tuple[_Threads, ...] | None = None
    """The only thread counts it makes sense at (``lesson``: one per number); else any."""
    value_s: _Seconds | None = None
    """Duration of one value when the workload fixes it itself (waits), in seconds."""
    units: _Positive = 1
    """Units of work in one loop, for throughput."""
    family: _Name = ""
    """The module it stands in, such as ``shared``."""
    pair: _Name = ""
    """What both arms of a pair have in common, such as ``counter``; empty outside pairs."""
    arm: _Name = ""
    """``private`` or ``shared``: whose state the threads work on."""
    source: _Name = ""
    """The file of the user's that it stands in: its name alone, never its folder."""
    digest: _Name = ""
    """Short hash of that file."""


class Benchmark(_Value, frozen=True, kw_only=True):
    """A workload in one mode at one thread count."""

    workload: _Name
    mode: Mode
    threads: _Threads

    @property
    def name(self) -> str:
        """Return pyperf's name of it, such as ``factorize/threads=4``."""
        if self.mode is Mode.SERIAL:
            return f"{self.workload}/serial"
        return f"{self.workload}/{self.mode}={self.threads}"


class Cell(_Value, frozen=True, kw_only=True):
    """A variant and a benchmark: the thing measured."""

    variant: _Name
    benchmark: Benchmark

    @property
    def name(self) -> str:
        """Return a readable identity, such as ``3.14t factorize/threads=4``."""
        return f"{self.variant} {self.benchmark.name}"


class Preset(_Value, frozen=True, kw_only=True):
    """How much is measured: blocks × values, and how long one value lasts at least."""

    name: _Name
    blocks: _Blocks
    values: _Positive
    min_value_s: _Seconds = 0.1
    """A value lasts at least this long, unless the workload fixes its duration itself."""
    timeout_s: _Seconds = 60.0
    """A worker may take ten times its pilot, and always at least this long."""


class Skipped(_Value, frozen=True, kw_only=True):
    """What a variant cannot do and is not asked to: a row with a reason."""

    variant: _Name
    workload: _Name
    mode: Mode
    reason: _Text


class Plan(_Value, frozen=True, kw_only=True):
    """Blocks of jobs in seeded order; the unit of stopping is the block."""

    seed: _Count
    preset: Preset
    baseline: _Name
    variants: tuple[Variant, ...]
    workloads: tuple[Workload, ...]
    threads: tuple[_Threads, ...]
    cells: tuple[Cell, ...]
    order: tuple[tuple[_Count, ...], ...]
    """For each block the indices of all cells, in the order they are run."""
    skipped: tuple[Skipped, ...] = ()

    def variant(self, label: str) -> Variant:
        """Return the variant called ``label``; every cell names one."""
        return next(variant for variant in self.variants if variant.label == label)

    def workload(self, name: str) -> Workload:
        """Return the workload called ``name``; every cell names one."""
        return next(workload for workload in self.workloads if workload.name == name)


class Job(_Value, frozen=True, kw_only=True):
    """One cell in one block: one worker process. Block 0 is the pilot."""

    block: Annotated[int, Meta(ge=0, le=MAX_BLOCKS)]
    position: _Count
    cell: Cell


class Outcome(_Value, frozen=True, kw_only=True):
    """What became of one job: one line of the journal."""

    job: Job
    status: Status
    started: _Name
    """UTC, ISO 8601 with milliseconds."""
    duration_s: _Seconds
    """Wall time of the worker process, from launch to exit."""
    loops: _Count = 0
    warmups: _Count = 0
    values: _Count = 0
    reason: _Text = ""
    exit_code: int | None = None
    stderr_tail: _Text = ""
    load_1min: _Seconds | None = None
    stolen: _Share | None = None
    """Share of all CPU time that the host took away during the job; ``None`` if unknown."""
    run: msgspec.Raw = msgspec.Raw(b"null")
    """pyperf's suite JSON as the worker wrote it; ``null`` unless the job succeeded."""


class Manifest(_Value, frozen=True, kw_only=True):
    """Everything about an experiment that is known before its first job."""

    schema_version: int
    id: _Name
    created: _Name
    """UTC, ISO 8601."""
    label: _Text
    plan: Plan
    machine: Machine
    unavailable: tuple[Unavailable, ...]
    versions: tuple[tuple[str, str], ...]
    """Name and version of everything that took part in measuring."""
    workloads_digest: _Text
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
