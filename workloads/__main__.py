"""The worker: one pyperf worker process for one cell, started by the controller."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Callable, Optional

from workloads import gil, jit, memory, pinning, remarks, settings
from workloads.checks import FAILED
from workloads.environment import FOLDER, OWN_FILE, PIN
from workloads.gang import Gang, Sample, WorkloadError
from workloads.gangs import make_gang
from workloads.leftovers import Leftovers, end_process
from workloads.lookup import find
from workloads.registry import MODES
from workloads.remote import RemoteGang
from workloads.runner import Runner
from workloads.turns import Turns
from workloads.watch import Watch

if TYPE_CHECKING:
    from argparse import Namespace

    from workloads.registry import Workload

MIN_CALLS, MAX_CALLS = 5, 1000
"""Calls of a series: fewer show no level, even of long calls; more add nothing."""
PINNED = "yes"
"""In the place of a reason why not; pyperf takes no empty text."""
SETTINGS: dict[str, Callable[[Any], object]] = {"switch_interval_s": sys.setswitchinterval}
"""What a worker does with each setting of the plan, by its name there."""


def _benchmark_name(workload: str, mode: str, threads: int) -> str:
    return f"{workload}/serial" if mode == "serial" else f"{workload}/{mode}={threads}"


def go_on(
    call: Callable[[int], float], loops: int, *, for_s: float, min_s: float
) -> list[tuple[int, float]]:
    """Keep calling for ``for_s`` seconds; return the loops of each call and seconds per loop.

    pyperf can only be told how many calls, not how long. As in its calibration, loops are
    doubled where a call has become shorter than ``min_s``: compiled code may be ten times as
    fast. Slow calls go on up to three times as long, until there are enough of them.
    """
    calls: list[tuple[int, float]] = []
    elapsed_s = 0.0
    while len(calls) < MAX_CALLS and (
        elapsed_s < for_s or (len(calls) < MIN_CALLS and elapsed_s < 3 * for_s)
    ):
        wall_s = call(loops)
        calls.append((loops, wall_s / loops))
        elapsed_s += wall_s
        if wall_s < min_s:
            loops *= 2
    return calls


def _checksum(samples: list[Sample]) -> int:
    """Return the checksum that all calls agree on; raises WorkloadError."""
    checksums = {sample.checksum for sample in samples}
    if len(checksums) != 1:
        raise WorkloadError(f"checksums differ between values: {sorted(checksums)}")
    return checksums.pop()


def _metadata(samples: list[Sample], gang: Gang) -> dict[str, Any]:
    """Return what pyperf does not record; samples are in the order of warm-ups, then values.

    Call it before the gang is closed: afterwards the memory of its processes is gone.
    """
    metadata = {
        "gilscope_checksum": str(_checksum(samples)),
        "gilscope_gil": "on" if gil.is_enabled() else "off",
        "gilscope_free_threaded_build": "yes" if gil.is_free_threaded_build() else "no",
        "gilscope_switch_interval": sys.getswitchinterval(),
        # JSON as text, because pyperf's metadata takes no other values. Arrays, not objects: a
        # third of the text in every line of the journal, and no quotes to escape.
        "gilscope_samples": json.dumps(samples, separators=(",", ":")),
    }
    if os.environ.get(PIN):
        metadata["gilscope_pinned"] = pinning.refusal() or PINNED
    is_jit_on = jit.is_enabled()
    if is_jit_on is not None:
        metadata["gilscope_jit"] = "on" if is_jit_on else "off"
    peak = memory.peak_rss(gang.pids())
    if peak is not None:
        metadata["gilscope_max_rss"] = peak
    if isinstance(gang, RemoteGang):
        metadata["gilscope_spawn_s"] = gang.spawn_s
    if remarks.seen():
        metadata["gilscope_remarks"] = json.dumps(remarks.seen(), separators=(",", ":"))
    return metadata


def _check_promises(args: Namespace, *, when: str) -> None:
    """Raise an error unless GIL and JIT are as the variant promises."""
    gil.check(expected=args.expect_gil == "on", when=when)
    if args.expect_jit is not None:
        jit.check(expected=args.expect_jit == "on", when=when)


def _apply(plan_settings: dict[str, Any]) -> None:
    for name, value in plan_settings.items():
        SETTINGS[name](value)


def _found(args: Namespace) -> Workload:
    """Load the workload, and remark the state in which its file leaves the interpreter."""
    _apply(args.settings)
    before = settings.Kept((*settings.OF_PROCESS, *settings.OF_THREAD))
    left = Leftovers()
    workload = find(args.workload)
    _check_promises(args, when="before")
    _apply(args.settings)  # these win
    before.remark_states()
    if os.environ.get(OWN_FILE):
        left.check(is_loading=True)
    return workload


def _watch(gang: Gang) -> Optional[Watch]:
    """Return the watch over a workload of the user's; those in other processes have their own."""
    return Watch() if os.environ.get(OWN_FILE) and not isinstance(gang, RemoteGang) else None


def _measure(runner: Runner) -> None:
    args = runner.args
    workload = _found(args)
    output, args.output = args.output, None  # written below, with our metadata
    if args.folder is not None:
        os.environ[FOLDER] = args.folder  # which child processes inherit
    runner.turns = Turns(args.turns)
    gang = make_gang(workload, args.mode, args.threads)
    watch = _watch(gang)
    samples: list[Sample] = []

    def time_func(loops: int) -> float:
        runner.turns.wait()
        if args.lead and len(samples) >= args.warmups:
            # The caches hold the data of other workers by now: fetch ours back, untimed.
            gang.run(args.lead)
        sample = gang.run(loops)
        samples.append(sample)
        if watch is not None:
            watch.look()
        runner.turns.done()
        return sample.wall_s

    name = _benchmark_name(workload.name, args.mode, args.threads)
    try:
        bench = runner.bench_time_func(name, time_func)
        if watch is not None:
            watch.finish()
        metadata = _metadata(samples, gang)
        if args.series:
            loops = int(bench.get_metadata()["loops"])
            series = go_on(time_func, loops, for_s=args.series, min_s=args.min_time)
            _checksum(samples)
            metadata["gilscope_series"] = json.dumps(series, separators=(",", ":"))
        pss = memory.pss(gang.pids()) if args.memory else None
        if pss is not None:
            metadata["gilscope_pss"] = pss
    finally:
        gang.close()
    _check_promises(args, when="after")
    bench.update_metadata(metadata)
    bench.dump(output)


def _hint() -> str:
    """Return what may have surprised a workload that failed: it finds its changes undone."""
    changed = [subject for kind, subject in remarks.seen() if kind == remarks.RESTORED]
    return f" (set back after each value: {', '.join(changed)})" if changed else ""


def main() -> int:
    """Measure one cell; return the exit status."""
    gil.watch()
    runner = Runner()
    add = runner.argparser.add_argument
    add("--workload", required=True)
    add("--mode", choices=MODES, default="threads")
    add("--threads", type=int, default=1)
    add("--settings", type=json.loads, default={}, help="a JSON object: see SETTINGS")
    add("--memory", action="store_true", help="read how much memory all workers use together")
    add("--series", type=float, help="keep calling for this many seconds once loops are calibrated")
    add("--turns", type=int, help="descriptor of the channel on which turns are granted")
    add("--lead", type=int, default=0, help="untimed loops right before each timed value")
    add("--folder", help="folder for workloads that write real files")
    add("--expect-gil", choices=("on", "off"), required=True)
    add("--expect-jit", choices=("on", "off"), help="for builds of CPython that have a JIT")
    runner.parse_args()
    try:
        _measure(runner)
    except (gil.GilStateError, jit.JitStateError, WorkloadError) as error:
        print(f"{type(error).__name__}: {error}{_hint()}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    end_process(main())
