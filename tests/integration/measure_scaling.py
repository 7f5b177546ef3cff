"""Measure how workloads scale at two threads, beside the machine's own limit; no test itself.

Usage: ``measure_scaling.py ROUNDS NAME…``. Prints one line of JSON for each name and round.
Runs on any interpreter of the matrix: Python 3.9, nothing but ``workloads``. The limit is
``factorize`` in processes, one and two; a round is one and two threads of the workload
between one and two processes, some milliseconds apart.
"""

from __future__ import annotations

import json
import sys
import time

from workloads.gang import Gang, ThreadGang
from workloads.lookup import find
from workloads.processes import ProcessGang

VALUE_S = 0.008


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
    rounds, names = int(sys.argv[1]), sys.argv[2:]
    limit = find("factorize")
    one_process, two_processes = ProcessGang(limit, 1), ProcessGang(limit, 2)
    limit_loops = loops_for(one_process)
    for name in names:
        subject = find(name)
        one, two = ThreadGang(subject, 1), ThreadGang(subject, 2)
        loops = loops_for(one)
        loops_for(two)
        for _ in range(rounds):
            alone_s = one_process.run(limit_loops).wall_s
            single_s = one.run(loops).wall_s
            double = two.run(loops)
            both_s = two_processes.run(limit_loops).wall_s
            facts = {
                "name": name,
                "one_s": single_s / loops,
                "two_s": double.wall_s / loops,
                "one_process_s": alone_s / limit_loops,
                "two_processes_s": both_s / limit_loops,
                "cores": double.cpu_s / double.wall_s,
            }
            sys.stdout.write(json.dumps(facts) + "\n")
        one.close()
        two.close()
    one_process.close()
    two_processes.close()


if __name__ == "__main__":
    main()
