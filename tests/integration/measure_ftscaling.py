"""Compare speed-ups with those of CPython's own ``Tools/ftscalingbench``; no test.

Usage: ``measure_ftscaling.py PATH/TO/ftscalingbench.py [ROUNDS [THREADS]]``, with the
repository on the path, on a free-threaded build. Both tools measure the same pattern in
turn, in one process. A line gives both speed-ups (median over rounds) and the ratio ours ÷
theirs with a 95 % interval, from the logarithms of the rounds' ratios.
"""

from __future__ import annotations

import importlib.util
import math
import statistics
import sys
import time
import types
from pathlib import Path

from workloads.gang import ThreadGang
from workloads.lookup import find

PATTERNS = {
    "closure_create_private": "create_closure",
    "context_manager_private": "context_manager",
    "dataclass_create_shared": "instantiate_dataclass",
    "thread_local_shared": "thread_local_read",
    "list_append_private": "object_cfunction",
    "fibonacci": "pyfunction",
}
"""Ours → theirs: what the threads share is the same, what they do as near as there is."""
SCALE = 100
VALUE_S = 0.02


def load(path: str, threads: int) -> types.ModuleType:
    """Import their script and start its threads."""
    spec = importlib.util.spec_from_file_location("ftscalingbench", Path(path))
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["ftscalingbench"] = module  # it looks itself up
    spec.loader.exec_module(module)
    vars(module)["WORK_SCALE"] = SCALE
    module.initialize_threads(types.SimpleNamespace(threads=threads))
    return module


def main() -> None:
    """Compare every pattern."""
    rounds = int(sys.argv[2]) if sys.argv[2:] else 30
    threads = int(sys.argv[3]) if sys.argv[3:] else 2
    theirs = load(sys.argv[1], threads)
    for name, pattern in PATTERNS.items():
        subject, function = find(name), theirs.ALL_BENCHMARKS[pattern]
        one, many = ThreadGang(subject, 1), ThreadGang(subject, threads)
        start = time.perf_counter()
        one.run(1)
        loops = max(1, round(VALUE_S / (time.perf_counter() - start)))
        ours_all, theirs_all = [], []
        for number in range(rounds + 2):
            their_speedup = (
                threads * theirs.bench_one_thread(function) / theirs.bench_parallel(function)
            )
            our_speedup = threads * one.run(loops).wall_s / many.run(loops).wall_s
            if number > 1:  # the first are warm-ups
                ours_all.append(our_speedup)
                theirs_all.append(their_speedup)
        one.close()
        many.close()
        logs = [math.log(a / b) for a, b in zip(ours_all, theirs_all)]  # noqa: B905 - 3.9
        mean, error = statistics.mean(logs), 2.05 * statistics.stdev(logs) / math.sqrt(rounds)
        sys.stdout.write(
            f"{name:<26} {statistics.median(ours_all):.2f}   {pattern:<22} "
            f"{statistics.median(theirs_all):.2f}   ratio {math.exp(mean):.3f} "
            f"[{math.exp(mean - error):.3f}, {math.exp(mean + error):.3f}]\n"
        )


if __name__ == "__main__":
    main()
