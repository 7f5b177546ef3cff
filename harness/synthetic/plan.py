"""The plan, variants, builds and machine of a made-up experiment."""

from __future__ import annotations

import dataclasses
import random

import msgspec

from harness.model import (
    Benchmark,
    Build,
    Cell,
    Cpu,
    Kind,
    Machine,
    Mode,
    Plan,
    Preset,
    Provenance,
    Scaling,
    Variant,
    Workload,
)
from harness.planning import builtin_workloads
from harness.planning.bench_options import BenchOptions
from harness.planning.config import PRESETS, Config
from harness.planning.plan import make_plan

__all__ = ["CFLAGS", "COMPILER", "MACHINE", "Size", "default_plan", "plan_of"]

CFLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O3 -Wall"
COMPILER = "GCC 14.2.0"
_CONFIGURE_ARGS = "'--prefix=/opt' '--enable-optimizations' '--without-ensurepip'"
MACHINE = Machine(
    label="Test CPU, 16 cores, Linux x86_64",
    host="host",
    system="Linux",
    kernel="6.12.0",
    libc="glibc 2.41",
    architecture="x86_64",
    cpu_model="Test CPU",
    cpus=tuple(Cpu(id=number, core=number, node=0) for number in range(16)),
    memory_bytes=2**36,
)
_LABELS = ("3.14", "3.14t", "3.14t+gil", "3.13")
_DEFAULT_LABELS = (*_LABELS, "pypy3.11")
_THREADS = (1, 2, 4, 8, 16)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Size:
    """Size of an experiment."""

    cells: int
    blocks: int
    values: int

    @property
    def runs(self) -> int:
        """Return the number of worker processes without the pilots."""
        return self.cells * self.blocks


def plan_of(size: Size) -> Plan:
    """Return a plan with that many cells: workloads that compute, in threads only."""
    each = len(_LABELS) * len(_THREADS)
    workloads = tuple(_workload(f"work_{number:03}") for number in range(-(-size.cells // each)))
    cells = [
        Cell(
            variant=label,
            benchmark=Benchmark(workload=workload.name, mode=Mode.THREADS, threads=threads),
        )
        for workload in workloads
        for threads in _THREADS
        for label in _LABELS
    ][: size.cells]
    draw = random.Random(1)  # noqa: S311 - no secret
    return Plan(
        seed=1,
        preset=Preset(name="selfbench", blocks=size.blocks, values=size.values),
        baseline=_LABELS[0],
        variants=tuple(_variant(label) for label in _LABELS),
        workloads=workloads,
        threads=_THREADS,
        cells=tuple(cells),
        order=tuple(
            tuple(draw.sample(range(len(cells)), len(cells))) for _block in range(size.blocks)
        ),
    )


def default_plan(
    *,
    workloads: tuple[str, ...] = (),
    threads: tuple[int, ...] = _THREADS[:4],
    blocks: int = PRESETS["default"].blocks,
) -> Plan:
    """Return the default plan of ``nox -s bench``, with five variants and four thread counts."""
    config = Config(
        options=BenchOptions(),
        workloads=builtin_workloads.select(workloads),
        preset=msgspec.structs.replace(PRESETS["default"], blocks=blocks),
        seed=1,
    )
    return make_plan(
        config,
        variants=tuple(_variant(label) for label in _DEFAULT_LABELS),
        sweep=threads,
        usable_cpus=MACHINE.usable_cpus,
    )


def _workload(name: str) -> Workload:
    return Workload(
        name=name,
        kind=Kind.CPU,
        scaling=Scaling.STRONG,
        summary="Made up.",
        expectation="None.",
        modes=(Mode.THREADS,),
    )


def _variant(label: str) -> Variant:
    name, plus, _ = label.partition("+gil")
    is_free = name.endswith("t")
    return Variant(
        label=label,
        spec=label,
        build=_build(name, is_free=is_free),
        environment=(("PYTHON_GIL", "1"),) if plus else (),
        is_gil_expected=bool(plus) or not is_free,
    )


def _build(name: str, *, is_free: bool) -> Build:
    is_pypy = name.startswith("pypy")
    python_version = f"{name.removeprefix('pypy').removesuffix('t')}.0"
    return Build(
        path=f"/opt/{name}/bin/python",
        real_path=f"/opt/{name}/bin/python",
        digest=f"digest-{name}",
        implementation="pypy" if is_pypy else "cpython",
        version="8.0.1" if is_pypy else python_version,
        python_version=python_version,
        is_free_threaded=is_free,
        is_gil_enabled=not is_free,
        jit="on" if is_pypy else "none",
        is_debug=False,
        has_pgo=True,
        has_lto=False,
        compiler=COMPILER,
        cflags=CFLAGS,
        configure_args=f"{_CONFIGURE_ARGS} '--disable-gil'" if is_free else _CONFIGURE_ARGS,
        libc="glibc 2.41",
        architecture="x86_64",
        revision="",
        provenance=Provenance(provider="path", source=name),
    )
