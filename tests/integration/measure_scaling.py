"""Measure how workloads scale, next to the machine's own limit; not a test itself.

Usage: ``measure_scaling.py THREADS ROUNDS NAME…``. Prints one line of JSON for each name and round.
Runs on any interpreter of the matrix: Python 3.9, nothing but ``workloads``. The limit is
``factorize`` in processes, one and THREADS; a round is one and THREADS threads of the workload
between one and THREADS processes, some milliseconds apart.
"""

from __future__ import annotations

import json
import sys
import time

from workloads.gang import Gang, ThreadGang
from workloads.lookup import find
from workloads.processes import ProcessGang

VALUE_S = 0.004


def loops_for(gang: Gang) -> int:
    """Return how many loops take about ``VALUE_S``, after a warm-up of as long."""
    start = time.perf_counter()
    while time.perf_counter() - start < VALUE_S:
        fastest = gang.run(1).wall_s
    for _ in range(3):
        fastest = min(fastest, gang.run(1).wall_s)
    return max(1, round(VALUE_S / fastest))


def main() -> None:
    """Measure each name ``ROUNDS`` times."""
    count, rounds, names = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    limit = find("factorize")
    one_process, processes = ProcessGang(limit, 1), ProcessGang(limit, count)
    limit_loops = loops_for(one_process)
    for name in names:
        subject = find(name)
        one, threads = ThreadGang(subject, 1), ThreadGang(subject, count)
        loops = loops_for(one)
        loops_for(threads)
        for _ in range(rounds):
            facts = {
                "name": name,
                "one_process_s": one_process.run(limit_loops).wall_s,
                "one_thread_s": one.run(loops).wall_s,
                "threads_s": threads.run(loops).wall_s,
                "processes_s": processes.run(limit_loops).wall_s,
            }
            sys.stdout.write(json.dumps(facts) + "\n")
        one.close()
        threads.close()
    one_process.close()
    processes.close()


if __name__ == "__main__":
    main()
