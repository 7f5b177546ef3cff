"""A made-up experiment, and its runs as pyperf files: the input of selfbench."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import TYPE_CHECKING, Any

import msgspec

from harness.model import Job, Kind, Outcome, Status
from harness.model.notes import MISSED, RESPONSE, SENT
from harness.planning.calibration import series_s
from harness.planning.plan import all_blocks
from harness.running.experiment import make_manifest
from harness.storage import experiment_folder
from harness.storage.journal import JOURNAL, encoded, outcome_of
from harness.synthetic.plan import CFLAGS, COMPILER, MACHINE, Size, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.model import Cell, Plan, Variant

__all__ = ["write_experiment", "write_plan", "write_suites", "write_workers_files"]

_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_LOOPS = 4
_CHECKSUM = 3249792
_TYPICAL_S = 0.04
_SERIAL = 0.03
"""Part of the work that does not run in parallel."""
_JIT_GAIN = 9.0


def write_experiment(size: Size, results: Path) -> Path:
    """Write an experiment of ``size`` into the folder ``results``; return its own folder."""
    return write_plan(plan_of(size), results, has_pilot=False)


def write_plan(plan: Plan, results: Path, *, has_pilot: bool = True) -> Path:
    """Write an experiment in which every job of ``plan`` succeeded; return its own folder."""
    manifest = make_manifest(plan, machine=MACHINE, unavailable=(), label="selfbench")
    with experiment_folder.create(results, manifest) as writer:
        folder = writer.folder
    # Not the writer's append, which waits for the disk after each line.
    with (folder / JOURNAL).open("wb") as journal:
        outcomes = _outcomes(plan, has_pilot=has_pilot)
        journal.writelines(encoded([outcome]) for outcome in outcomes)
    return folder


def write_workers_files(folder: Path, into: Path) -> tuple[Path, ...]:
    """Write the files that the workers of the experiment in ``folder`` would have left."""
    into.mkdir()
    paths = []
    with (folder / JOURNAL).open("rb") as journal:
        for number, line in enumerate(journal):
            path = into / f"{number}.json"
            path.write_bytes(outcome_of(line).run)
            paths.append(path)
    return tuple(paths)


def write_suites(folder: Path, into: Path) -> tuple[Path, ...]:
    """Write the runs of the experiment in ``folder`` as pyperf suites, one for each variant.

    Pyperf's own classes write them, with common metadata once in each file.
    """
    import pyperf  # noqa: PLC0415 - only a developer's command needs it

    lines: dict[str, list[bytes]] = {}
    for line in (folder / JOURNAL).read_bytes().splitlines():
        lines.setdefault(outcome_of(line).job.cell.variant, []).append(line)
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


def _outcomes(plan: Plan, *, has_pilot: bool) -> Iterator[Outcome]:
    draw = random.Random(2)  # noqa: S311 - no secret
    blocks = all_blocks(plan)[0 if has_pilot else 1 :]
    for number, job in enumerate(job for block in blocks for job in block):
        started = _START + dt.timedelta(seconds=number)
        suite = _suite(plan, job, started, draw)
        yield Outcome(
            job=job,
            status=Status.OK,
            started=started.isoformat(timespec="milliseconds"),
            duration_s=0.75 + 0.1 * draw.random(),
            loops=_LOOPS,
            warmups=_warmups(plan, job.cell),
            values=plan.preset.values,
            exit_code=0,
            canary_s=round(0.003 * draw.lognormvariate(0, 0.01), 9),
            load_1min=1.5,
            others_cpus=round(draw.expovariate(100), 4),
            stolen=0.0,
            frequency_hz=round(3.2e9 * draw.lognormvariate(0, 0.005)),
            run=msgspec.Raw(msgspec.json.encode(suite)),
        )


def _warmups(plan: Plan, cell: Cell) -> int:
    """Return 1 to 3, the same for all cells of a workload."""
    names = [workload.name for workload in plan.workloads]
    return 1 + names.index(cell.benchmark.workload) % 3


def _suite(plan: Plan, job: Job, started: dt.datetime, draw: random.Random) -> dict[str, object]:
    """Return the content of a worker's file."""
    warmups = _warmups(plan, job.cell)
    values = plan.preset.values if job.block else 0
    busy = _busy(plan, job.cell)
    typical_s = _typical_s(plan, job.cell) * draw.lognormvariate(0, 0.02)
    # Times per loop have the digits of nanoseconds divided by loops.
    walls = [
        round(typical_s * _LOOPS * draw.lognormvariate(0, 0.01), 9)
        for _value in range(warmups + values)
    ]
    times = [wall_s / _LOOPS for wall_s in walls]
    run: dict[str, object] = {"warmups": [(_LOOPS, time_s) for time_s in times[:warmups]]}
    if values:
        run["values"] = times[warmups:]
    more = {
        "gilscope_samples": [
            _sample(wall_s, busy, _notes(plan, job.cell, draw), draw) for wall_s in walls
        ],
        "gilscope_series": _series(plan, job, typical_s, draw),
    }
    texts = {name: msgspec.json.encode(value).decode() for name, value in more.items() if value}
    return {
        "benchmarks": [{"runs": [run]}],
        "metadata": _metadata(job, plan.variant(job.cell.variant), started) | texts,
        "version": "1.0",
    }


def _busy(plan: Plan, cell: Cell) -> int:
    """Return how many cores a cell keeps busy."""
    has_own_gil = cell.benchmark.mode.facts.has_own_gil
    is_held = plan.variant(cell.variant).is_gil_expected and not has_own_gil
    return 1 if is_held else cell.benchmark.threads


def _typical_s(plan: Plan, cell: Cell) -> float:
    """Return the time of one loop: by Amdahl's law where threads share the work."""
    workload, threads = plan.workload(cell.benchmark.workload), cell.benchmark.threads
    if workload.kind is not Kind.CPU:
        return _TYPICAL_S
    jit = _JIT_GAIN if plan.variant(cell.variant).is_jit_on else 1.0
    # Handing a lock over costs a little.
    held = 1 + 0.02 * (threads - 1) / threads
    busy = _busy(plan, cell)
    return _TYPICAL_S / jit * (held if busy < threads else _SERIAL + (1 - _SERIAL) / busy)


def _series(plan: Plan, job: Job, typical_s: float, draw: random.Random) -> list[tuple[int, float]]:
    """Return the calls of a pilot that record its warm-up; a JIT's first ones are slow."""
    if job.block:
        return []
    calls = round(series_s(plan, job.cell) / (typical_s * _LOOPS))
    slow = calls // 5 if plan.variant(job.cell.variant).is_jit_on else 0
    return [
        (_LOOPS, typical_s * draw.lognormvariate(0, 0.01) * (4 if call < slow else 1))
        for call in range(calls)
    ]


def _notes(plan: Plan, cell: Cell, draw: random.Random) -> dict[str, list[float]]:
    """Return a value's notes on response times, which computing threads delay."""
    deadline_s = plan.workload(cell.benchmark.workload).deadline_s
    if deadline_s is None:
        return {}
    is_held = plan.variant(cell.variant).is_gil_expected
    late_s = 0.005 * (cell.benchmark.threads - 1) if is_held else 0.0
    requests = 100 * _LOOPS
    answers = [round(late_s * draw.random() + draw.expovariate(5e3), 9) for _ in range(requests)]
    return {
        RESPONSE: answers,
        SENT: [round(draw.expovariate(2e4), 9) for _ in range(requests)],
        MISSED: [float(sum(answer_s > deadline_s for answer_s in answers))],
        "computed_units": [1e5],
    }


def _sample(
    wall_s: float, busy: int, notes: dict[str, list[float]], draw: random.Random
) -> list[object]:
    named = {
        "wall_s": wall_s,
        "cpu_s": round(wall_s * busy * 0.99, 9),
        "start_skew_s": round(draw.expovariate(1e3), 9),
        "stop_skew_s": round(draw.expovariate(1e3), 9),
        "voluntary_switches": draw.randrange(10),
        "involuntary_switches": draw.randrange(100),
        "collections": 0,
        "checksum": _CHECKSUM,
        "notes": notes,
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
        "python_cflags": CFLAGS,
        "python_compiler": COMPILER,
        "python_config_args": build.configure_args,
        "python_executable": build.path,
        "python_implementation": build.implementation,
        "python_version": f"{build.version} (64-bit)",
        "runnable_threads": 1,
        "timer": "clock_gettime(CLOCK_MONOTONIC), resolution: 1.00 ns",
        "unit": "second",
        "uptime": 34_000.25 + job.position,
    }
