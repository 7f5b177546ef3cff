"""Processes that workers left behind when they ended → a note for each workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Outcome

__all__ = ["left_behind"]


def left_behind(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Return the notes, in the order of the workloads' first outcomes."""
    numbers: dict[str, list[int]] = {}
    for outcome in outcomes:
        if outcome.left_processes:
            workload = outcome.job.cell.benchmark.workload
            numbers.setdefault(workload, []).append(outcome.left_processes)
    return tuple(
        f"{count(len(left), 'worker')} of {workload} left {count(sum(left), 'process')} behind. "
        "They were ended, but may have slowed what was measured at the same time: let the workload "
        "wait for the processes that it starts."
        for workload, left in numbers.items()
    )
