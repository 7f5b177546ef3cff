"""The worker: one pyperf worker process for one cell, started by the controller."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Callable

import pyperf

from workloads import gil, jit, memory
from workloads.gang import Gang, Sample, Serial, ThreadGang, WorkloadError
from workloads.processes import ProcessGang
from workloads.registry import FOLDER, MODES, Workload, find
from workloads.remote import RemoteGang
from workloads.subinterpreters import InterpreterGang

if TYPE_CHECKING:
    from argparse import Namespace

MIN_CALLS, MAX_CALLS = 5, 1000
"""Calls of a series: fewer show no level, even of long ones; more are of no use."""
FAILED = 3
"""Exit status of a worker that says on the last line of standard error what went wrong."""
SETTINGS: dict[str, Callable[[Any], object]] = {"switch_interval_s": sys.setswitchinterval}
"""What a worker does with each setting of the plan, by its name there."""


class Runner(pyperf.Runner):  # type: ignore[misc]
    """pyperf's runner, kept from pinning the worker."""

    def _cpu_affinity(self) -> None:
        """Do nothing: pyperf would pin all threads to the isolated CPUs, one core at worst.

        The controller sets the affinity before it starts the worker.
        """


def _make_gang(workload: Workload, mode: str, threads: int) -> Gang:
    if mode == "processes":
        return ProcessGang(workload, threads)
    if mode == "interpreters":
        return InterpreterGang(workload, threads)
    if mode == "asyncio":
        from workloads.tasks import TaskGang  # noqa: PLC0415 - asyncio is a large import

        return TaskGang(workload, threads)
    if mode == "serial" or workload.has_own_threads:
        return Serial(workload, threads)
    return ThreadGang(workload, threads)


def _benchmark_name(workload: str, mode: str, threads: int) -> str:
    return f"{workload}/serial" if mode == "serial" else f"{workload}/{mode}={threads}"


def go_on(
    call: Callable[[int], float], loops: int, *, for_s: float, least_s: float
) -> list[tuple[int, float]]:
    """Call on for ``for_s`` seconds; return the loops of each call and its seconds per loop.

    pyperf can only be told how many calls, not how long. As in its calibration, loops are
    doubled where a call has become shorter than ``least_s``: compiled code may be ten times
    as fast. Slow calls go on up to three times as long, until there are enough of them.
    """
    found: list[tuple[int, float]] = []
    gone_s = 0.0
    while len(found) < MAX_CALLS and (
        gone_s < for_s or (len(found) < MIN_CALLS and gone_s < 3 * for_s)
    ):
        wall_s = call(loops)
        found.append((loops, wall_s / loops))
        gone_s += wall_s
        if wall_s < least_s:
            loops *= 2
    return found


def _checksum(samples: list[Sample]) -> int:
    """Return what all calls returned."""
    checksums = {sample.checksum for sample in samples}
    if len(checksums) != 1:
        raise WorkloadError(f"checksums differ between values: {sorted(checksums)}")
    return checksums.pop()


def _metadata(samples: list[Sample], gang: Gang) -> dict[str, Any]:
    """Return what pyperf does not record; samples are in the order of warm-ups, then values.

    While the gang still lives: so does the memory it has taken.
    """
    metadata = {
        "gilscope_checksum": str(_checksum(samples)),
        "gilscope_gil": "on" if gil.is_enabled() else "off",
        "gilscope_free_threaded_build": "yes" if gil.is_free_threaded_build() else "no",
        "gilscope_switch_interval": sys.getswitchinterval(),
        # Arrays and not objects: a third of the text, which stands in every line of a journal,
        # and no quotes to be escaped in it.
        "gilscope_samples": json.dumps(samples, separators=(",", ":")),
    }
    is_jit_on = jit.is_enabled()
    if is_jit_on is not None:
        metadata["gilscope_jit"] = "on" if is_jit_on else "off"
    peak = memory.peak_rss(gang.pids())
    if peak is not None:
        metadata["gilscope_max_rss"] = peak
    if isinstance(gang, RemoteGang):
        metadata["gilscope_spawn_s"] = gang.spawn_s
    return metadata


def _check_promises(args: Namespace, *, when: str) -> None:
    """Raise an error unless GIL and JIT are as the variant promises."""
    gil.check(expected=args.expect_gil == "on", when=when)
    if args.expect_jit is not None:
        jit.check(expected=args.expect_jit == "on", when=when)


def _measure(runner: Runner) -> None:
    args = runner.args
    workload = find(args.workload)
    output, args.output = args.output, None  # written below, with our metadata
    _check_promises(args, when="before")
    for name, value in args.settings.items():
        SETTINGS[name](value)
    if args.folder is not None:
        os.environ[FOLDER] = args.folder  # which child processes inherit
    gang = _make_gang(workload, args.mode, args.threads)
    samples: list[Sample] = []

    def time_func(loops: int) -> float:
        sample = gang.run(loops)
        samples.append(sample)
        return sample.wall_s

    name = _benchmark_name(workload.name, args.mode, args.threads)
    try:
        bench = runner.bench_time_func(name, time_func)
        found = _metadata(samples, gang)
        if args.series:
            loops, least_s = int(bench.get_metadata()["loops"]), args.min_time
            series = go_on(time_func, loops, for_s=args.series, least_s=least_s)
            _checksum(samples)
            found["gilscope_series"] = json.dumps(series, separators=(",", ":"))
        together = memory.pss(gang.pids()) if args.memory else None
        if together is not None:
            found["gilscope_pss"] = together
    finally:
        gang.close()
    _check_promises(args, when="after")
    bench.update_metadata(found)
    bench.dump(output)


def main() -> int:
    """Measure one cell; return the exit status."""
    gil.watch()
    runner = Runner()
    add = runner.argparser.add_argument
    add("--workload", required=True)
    add("--mode", choices=MODES, default="threads")
    add("--threads", type=int, default=1)
    add("--settings", type=json.loads, default={}, help="a JSON object: see SETTINGS")
    add("--memory", action="store_true", help="read how much memory the workers take together")
    add("--series", type=float, help="go on for this many seconds once loops are calibrated")
    add("--folder", help="where workloads that need real files put them")
    add("--expect-gil", choices=("on", "off"), required=True)
    add("--expect-jit", choices=("on", "off"), help="for builds of CPython that have a JIT")
    runner.parse_args()
    try:
        _measure(runner)
    except (gil.GilStateError, jit.JitStateError, WorkloadError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
