"""Interpreters, variants of them, and the machine they run on."""

from __future__ import annotations

import enum
import re

from harness.model.values import Count, Name, Seconds, Text, Value

__all__ = [
    "ENVIRONMENT",
    "Build",
    "Cpu",
    "Machine",
    "Optimised",
    "Provenance",
    "Unavailable",
    "Variant",
]

ENVIRONMENT = re.compile(
    r"PYTHON_(GIL|JIT|JIT_[A-Z_]+|TLBC|THREAD_INHERIT_CONTEXT|CONTEXT_AWARE_WARNINGS)"
    r"|PYTHON(MALLOC|HASHSEED|OPTIMIZE)|PYPY_GC_[A-Z_]+|MALLOC_[A-Z_]+"
)
"""The environment variables a variant may set.

They change how an interpreter works, and none names a file or a module: in a results folder
made elsewhere, such a variable would decide what ``--resume`` runs.
"""


class Optimised(enum.StrEnum):
    """The minimum optimisation of a CPython build."""

    ANY = "any"
    PGO = "pgo"
    LTO = "lto"
    """PGO and LTO."""


class Provenance(Value, frozen=True, kw_only=True):
    """Where a build came from: the provider's name and a short sentence."""

    provider: Name
    source: Text
    """What was fetched, unpacked or built: for example ``Python-3.14.7.tar.xz``."""
    sha256: Text = ""


class Build(Value, frozen=True, kw_only=True):
    """The probe's record of one interpreter executable.

    The identity of a build is ``path`` and ``digest``, never its version string: nothing else
    distinguishes two builds of one version with other flags.
    """

    path: Text
    """The path the worker is started with."""
    real_path: Text
    digest: Name
    """Short hash of the probe record, the executable's size and modification time."""
    implementation: Name
    """``cpython``, ``pypy`` or ``graalpy``."""
    version: Name
    """Version of the implementation: ``3.14.7`` for CPython, ``8.0.1`` for PyPy."""
    python_version: Name
    """Version of the language it implements: ``3.11.15`` for PyPy 8.0.1."""
    is_free_threaded: bool
    """``Py_GIL_DISABLED``: built to run without the GIL."""
    is_gil_enabled: bool
    """Whether the GIL was on in the probe, with an environment that does not set it."""
    jit: Name
    """``none``, ``off`` (built, not enabled), ``on``, or ``not known`` (of CPython 3.13's)."""
    is_debug: bool
    has_pgo: bool
    has_lto: bool
    compiler: Text
    cflags: Text
    configure_args: Text
    libc: Text
    architecture: Text
    revision: Text
    missing_modules: tuple[Text, ...] = ()
    """Optional standard library modules that this build lacks."""
    allocator: Name = ""
    """``pymalloc``, ``mimalloc``, ``malloc``, or empty when it cannot be known."""
    is_shared: bool = False
    """Whether the interpreter is a shared library with a small launcher."""
    has_own_config: bool = True
    """``False`` when the recorded configuration is that of another binary."""
    has_tail_calls: bool = False
    """Whether its evaluation loop is built of tail calls."""
    runtime_flags: tuple[Text, ...] = ()
    """Defaults that change how threads behave: ``thread_inherit_context=1``."""
    provenance: Provenance

    @property
    def optimisation(self) -> str:
        """Return ``PGO+LTO``, ``PGO``, ``LTO``, ``no PGO/LTO`` or ``not known`` (as for PyPy)."""
        if self.implementation != "cpython" or not self.has_own_config:
            return "not known"
        parts = [name for name, has in (("PGO", self.has_pgo), ("LTO", self.has_lto)) if has]
        return "+".join(parts) or "no PGO/LTO"


class Variant(Value, frozen=True, kw_only=True):
    """A build and the environment it is run with: one line in every chart."""

    label: Name
    spec: Text
    """As the user wrote it, such as ``3.14t+gil``."""
    build: Build
    environment: tuple[tuple[str, str], ...] = ()
    is_gil_expected: bool
    """The GIL state every worker must find before and after its work."""

    @property
    def is_jit_on(self) -> bool:
        """Return whether it compiles while it runs, and so needs warming up."""
        if self.build.implementation != "cpython" or self.build.jit == "none":
            return self.build.jit == "on"
        setting = dict(self.environment).get("PYTHON_JIT")
        return setting != "0" if setting else self.build.jit == "on"


class Unavailable(Value, frozen=True, kw_only=True):
    """A requested interpreter that is not available: a row with a reason."""

    label: Name
    spec: Text
    reason: Text


class Cpu(Value, frozen=True, kw_only=True):
    """One logical CPU."""

    id: int
    core: int
    """Identity of its physical core, unique on the machine."""
    node: int
    """NUMA node."""
    kind: Name = ""
    """``P`` or ``E`` where cores differ, else empty."""


class Machine(Value, frozen=True, kw_only=True):
    """The audit of the computer, and of what this process may use of it."""

    label: Name
    """A name safe to publish, such as ``AMD EPYC, 2 cores, Linux x86_64``."""
    host: Text
    """The host name; private, never published unless asked."""
    system: Text
    kernel: Text
    libc: Text
    architecture: Text
    cpu_model: Text
    cpus: tuple[Cpu, ...]
    """The usable logical CPUs: those of the affinity mask."""
    quota: Seconds | None = None
    """CPUs' worth of time granted by the control group, ``None`` when unlimited."""
    memory_bytes: Count
    governor: Text = ""
    virtualization: Text = ""
    load_1min: Seconds | None = None
    notes: tuple[Text, ...] = ()
    """Facts that could not be read, and possible disturbances of a measurement."""

    @property
    def usable_cpus(self) -> int:
        """Return how many threads can really run at once: the mask cut by the quota."""
        count = len(self.cpus)
        return count if self.quota is None else max(1, min(count, int(self.quota)))

    @property
    def physical_cores(self) -> int:
        """Return the number of distinct physical cores usable, cut by the quota."""
        return min(self.usable_cpus, len({cpu.core for cpu in self.cpus}))
