"""Run every workload in each of its modes, and print the checksums; no test itself.

Usage: ``run_catalogue.py [NAME…]``. Prints one object of JSON: name → mode and count →
checksum and notes. Runs on any interpreter of the matrix: Python 3.9, nothing but ``workloads``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import TYPE_CHECKING

from workloads.environment import FAMILY
from workloads.gangs import make_gang
from workloads.lookup import load_families
from workloads.subinterpreters import is_available

if TYPE_CHECKING:
    from workloads.registry import Workload

COUNTS = (1, 3)
"""Three divide no size evenly."""
STARTED = 2
"""Workers of a mode that starts an interpreter for each: threads show how the work is divided."""


def counts_of(workload: Workload, mode: str) -> tuple[int, ...]:
    """Return how many workers to try."""
    if mode == "serial":
        return (1,)
    counts = workload.thread_counts or COUNTS
    is_started = mode in ("processes", "interpreters") and workload.thread_counts is None
    return (STARTED,) if is_started else counts


def main() -> None:
    """Run everything once."""
    found: dict[str, dict[str, object]] = {}
    for name, workload in load_families().items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        if any(importlib.util.find_spec(need) is None for need in workload.needs):
            continue  # a plan skips it too: the interpreter was built without the module
        os.environ[FAMILY] = workload.family  # as the controller does
        for mode in workload.modes:
            if mode == "interpreters" and not is_available():
                continue
            for count in counts_of(workload, mode):
                gang = make_gang(workload, mode, count)
                sample = gang.run(1)
                gang.close()
                cell = {"checksum": sample.checksum, "notes": sorted(sample.notes)}
                found.setdefault(name, {})[f"{mode}={count}"] = cell
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
