"""Measure what the timing itself costs; no test.

Usage: ``measure_gang.py [ROUNDS]``, with the repository on the path. Prints the wall time of a
region in which threads do nothing, and a value of ``factorize`` beside the same work timed
by hand, in turn with it. Runs on any interpreter of the matrix: Python 3.9, nothing but
``workloads``.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

from workloads.gang import Gang, Serial, ThreadGang, private_part
from workloads.lookup import find

if TYPE_CHECKING:
    from workloads.registry import Part, Workload

EMPTY_ROUNDS = 2000
VALUE_S = 0.02


def nothing(_part: Part) -> int:
    """Do nothing."""
    return 0


def show_empty(subject: Workload) -> None:
    """Print how long an empty region lasts from the first start to the last stop."""
    empty = subject._replace(function=nothing, scaling="weak")
    for threads in (1, 2, 4):
        gang = ThreadGang(empty, threads)
        walls = sorted(gang.run(1).wall_s * 1e6 for _ in range(EMPTY_ROUNDS))
        gang.close()
        sys.stdout.write(
            f"empty region, {threads} threads: median {walls[EMPTY_ROUNDS // 2]:.1f} us, "
            f"90 % below {walls[EMPTY_ROUNDS * 9 // 10]:.1f} us\n"
        )


def by_hand(subject: Workload, loops: int) -> float:
    """Return the seconds that ``loops`` calls take, as a plain script would time them."""
    function, part = subject.function, private_part(subject, 0, 1)
    start = time.perf_counter()
    for _ in range(loops):
        function(part)
    return time.perf_counter() - start


def show_value(subject: Workload, name: str, gang: Gang, *, rounds: int) -> None:
    """Print a value of a gang ÷ the same work timed by hand just before and after it."""
    loops = max(1, round(VALUE_S / by_hand(subject, 1)))
    for _ in range(3):
        by_hand(subject, loops)
        gang.run(loops)
    ratios, hands, walls = [], [], []
    for _ in range(rounds):
        before = by_hand(subject, loops)
        wall = gang.run(loops).wall_s
        after = by_hand(subject, loops)
        ratios.append(2 * wall / (before + after))
        hands += [before, after]
        walls.append(wall)
    gang.close()
    ratios.sort()
    error = 1.25 * 1.96 * statistics.stdev(ratios[rounds // 10 : -rounds // 10]) / rounds**0.5
    sys.stdout.write(
        f"{name}: {statistics.median(walls) * 1e3:.3f} ms, by hand "
        f"{statistics.median(hands) * 1e3:.3f} ms; ratio {statistics.median(ratios):.4f} "
        f"± {error:.4f}, fastest of each {min(walls) / min(hands):.4f}\n"
    )


def main() -> None:
    """Show both."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else 200
    subject = find("factorize")
    sys.stdout.write(f"{sys.version.splitlines()[0]}\n")
    show_empty(subject)
    show_value(subject, "serial", Serial(subject, 1), rounds=rounds)
    show_value(subject, "one thread", ThreadGang(subject, 1), rounds=rounds)


if __name__ == "__main__":
    main()
