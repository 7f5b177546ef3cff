"""A made-up experiment of any size, and its runs as pyperf keeps them: what selfbench loads.

Place in the flow: selfbench → **synthetic** → store. Every run has all the metadata that a
worker writes, so that it is as large, and takes as long to read, as a real one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from typing import TYPE_CHECKING, Any

import msgspec

from harness import store
from harness.experiment import make_manifest
from harness.machine import audit
from harness.model import (
    Benchmark,
    Build,
    Cell,
    Kind,
    Mode,
    Outcome,
    Plan,
    Preset,
    Provenance,
    Scaling,
    Status,
    Variant,
    Workload,
)
from harness.plan import jobs_of_block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.model import Job

__all__ = ["Size", "write_experiment", "write_suites", "write_workers_files"]

_LABELS = ("3.14", "3.14t", "3.14t+gil", "3.13")
_THREADS = (1, 2, 4, 8, 16)
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_LOOPS = 4
_CHECKSUM = 3249792
_CFLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O3 -Wall"
_COMPILER = "GCC 14.2.0"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Size:
    """How large the experiment is."""

    cells: int
    blocks: int
    values: int

    @property
    def runs(self) -> int:
        """Return the number of worker processes, the pilot's left out."""
        return self.cells * self.blocks


def write_experiment(size: Size, results: Path) -> Path:
    """Write an experiment of ``size`` into the folder ``results``; return its own folder."""
    plan = _plan(size)
    manifest = make_manifest(plan, machine=audit(), unavailable=(), label="selfbench")
    with store.create(results, manifest) as writer:
        folder = writer.folder
    # Not the writer's append, which waits for the disk after every line.
    encoder = msgspec.json.Encoder()
    with (folder / store.JOURNAL).open("wb") as journal:
        journal.writelines(encoder.encode(outcome) + b"\n" for outcome in _outcomes(plan))
    return folder


def write_workers_files(folder: Path, into: Path) -> tuple[Path, ...]:
    """Write the files that the workers of the experiment in ``folder`` would have left."""
    into.mkdir()
    paths = []
    decoder = msgspec.json.Decoder(Outcome)
    with (folder / store.JOURNAL).open("rb") as journal:
        for number, line in enumerate(journal):
            path = into / f"{number}.json"
            path.write_bytes(decoder.decode(line).run)
            paths.append(path)
    return tuple(paths)


def write_suites(folder: Path, into: Path) -> tuple[Path, ...]:
    """Write the runs of the experiment in ``folder`` as pyperf suites, one for each variant.

    Pyperf's own classes write them: what all runs have in common is in each file but once.
    """
    import pyperf  # noqa: PLC0415 - only a developer's command needs it

    lines: dict[str, list[bytes]] = {}
    decoder = msgspec.json.Decoder(Outcome)
    for line in (folder / store.JOURNAL).read_bytes().splitlines():
        lines.setdefault(decoder.decode(line).job.cell.variant, []).append(line)
    into.mkdir()
    paths = []
    for number, own in enumerate(lines.values()):
        runs: dict[str, list[Any]] = {}
        for line in own:
            suite = json.loads(line)["run"]
            ((run,),) = (bench["runs"] for bench in suite["benchmarks"])
            warmups = [tuple(pair) for pair in run["warmups"]]
            made = pyperf.Run(
                run["values"], warmups, metadata=suite["metadata"], collect_metadata=False
            )
            runs.setdefault(suite["metadata"]["name"], []).append(made)
        path = into / f"variant-{number}.json"
        benchmarks = [pyperf.Benchmark(each) for each in runs.values()]
        pyperf.BenchmarkSuite(benchmarks).dump(str(path))
        paths.append(path)
    return tuple(paths)


def _plan(size: Size) -> Plan:
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
    version = f"{name.removesuffix('t')}.0"
    is_free = name.endswith("t")
    build = Build(
        path=f"/opt/{name}/bin/python",
        real_path=f"/opt/{name}/bin/python",
        digest=f"digest-{name}",
        implementation="cpython",
        version=version,
        python_version=version,
        is_free_threaded=is_free,
        is_gil_enabled=not is_free,
        jit="none",
        is_debug=False,
        has_pgo=True,
        has_lto=False,
        compiler=_COMPILER,
        cflags=_CFLAGS,
        configure_args=_configure_args(is_free=is_free),
        libc="glibc 2.41",
        architecture="x86_64",
        revision="",
        provenance=Provenance(provider="path", source=name),
    )
    return Variant(
        label=label,
        spec=label,
        build=build,
        environment=(("PYTHON_GIL", "1"),) if plus else (),
        is_gil_expected=bool(plus) or not is_free,
    )


def _configure_args(*, is_free: bool) -> str:
    shared = "'--prefix=/opt' '--enable-optimizations' '--without-ensurepip'"
    return f"{shared} '--disable-gil'" if is_free else shared


def _outcomes(plan: Plan) -> Iterator[Outcome]:
    draw = random.Random(2)  # noqa: S311 - no secret
    jobs = (job for block in range(plan.preset.blocks) for job in jobs_of_block(plan, block + 1))
    for number, job in enumerate(jobs):
        started = _START + dt.timedelta(seconds=number)
        suite = _suite(plan, job, started, draw)
        yield Outcome(
            job=job,
            status=Status.OK,
            started=started.isoformat(timespec="milliseconds"),
            duration_s=0.75 + 0.1 * draw.random(),
            loops=_LOOPS,
            warmups=_warmups(job.cell),
            values=plan.preset.values,
            exit_code=0,
            load_1min=1.5,
            stolen=0.0,
            run=msgspec.Raw(msgspec.json.encode(suite)),
        )


def _warmups(cell: Cell) -> int:
    """Return 1 to 3, as a calibration finds: the same for all cells of a workload."""
    return 1 + int(cell.benchmark.workload[-3:]) % 3


def _suite(plan: Plan, job: Job, started: dt.datetime, draw: random.Random) -> dict[str, object]:
    """Return what a worker's file holds."""
    variant = plan.variant(job.cell.variant)
    warmups = _warmups(job.cell)
    workers = job.cell.benchmark.threads
    busy = 1 if variant.is_gil_expected else workers
    typical_s = 0.04 / busy * draw.lognormvariate(0, 0.02)
    # A time per loop has as many digits as nanoseconds divided by loops give.
    walls = [
        round(typical_s * _LOOPS * draw.lognormvariate(0, 0.01), 9)
        for _value in range(warmups + plan.preset.values)
    ]
    times = [wall_s / _LOOPS for wall_s in walls]
    run = {
        "values": times[warmups:],
        "warmups": [(_LOOPS, time_s) for time_s in times[:warmups]],
    }
    samples = msgspec.json.encode([_sample(wall_s, busy, draw) for wall_s in walls]).decode()
    return {
        "benchmarks": [{"runs": [run]}],
        "metadata": _metadata(job, variant, started) | {"gilscope_samples": samples},
        "version": "1.0",
    }


def _sample(wall_s: float, busy: int, draw: random.Random) -> list[object]:
    named = {
        "wall_s": wall_s,
        "cpu_s": round(wall_s * busy * 0.99, 9),
        "start_skew_s": round(draw.expovariate(1e3), 9),
        "stop_skew_s": round(draw.expovariate(1e3), 9),
        "voluntary_switches": draw.randrange(10),
        "involuntary_switches": draw.randrange(100),
        "collections": 0,
        "checksum": _CHECKSUM,
        "notes": {},
    }
    return list(named.values())


def _metadata(job: Job, variant: Variant, started: dt.datetime) -> dict[str, object]:
    build = variant.build
    return {
        "aslr": "Full randomization",
        "boot_time": "2025-12-31 18:13:26",
        "cpu_config": "idle:intel_idle",
        "cpu_count": 16,
        "cpu_freq": "0-15=2596 MHz",
        "cpu_model_name": "Test CPU",
        "date": started.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "duration": 0.5 + job.position / 1e5,
        "gilscope_checksum": str(_CHECKSUM),
        "gilscope_free_threaded_build": "yes" if build.is_free_threaded else "no",
        "gilscope_gil": "on" if variant.is_gil_expected else "off",
        "gilscope_jit": "off",
        "gilscope_max_rss": 20_000_000 + 4096 * job.position,
        "gilscope_switch_interval": 0.005,
        "hostname": "host",
        "load_avg_1min": 1.5,
        "loops": _LOOPS,
        "mem_max_rss": 34_000_000 + 4096 * job.position,
        "name": job.cell.benchmark.name,
        "perf_version": "2.10.0",
        "platform": "Linux-6.12.0-x86_64-with-glibc2.41",
        "python_cflags": _CFLAGS,
        "python_compiler": _COMPILER,
        "python_config_args": build.configure_args,
        "python_executable": build.path,
        "python_implementation": build.implementation,
        "python_version": f"{build.version} (64-bit)",
        "runnable_threads": 1,
        "timer": "clock_gettime(CLOCK_MONOTONIC), resolution: 1.00 ns",
        "unit": "second",
        "uptime": 34_000.25 + job.position,
    }
