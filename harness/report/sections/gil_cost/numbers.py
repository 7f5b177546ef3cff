"""The splits of each pair of builds, still as numbers, and in which figures they are drawn."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Mode
from harness.report.numbers import series
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Split

__all__ = ["MAX_ROWS", "Pair", "halves", "pairs", "run_of"]

MAX_ROWS = 14
"""Rows of a split that one figure has room for."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pair:
    """All splits of one pair of builds, in the order of the plan."""

    name: str
    gil: str
    free_threaded: str
    free_threaded_gil: str | None
    splits: tuple[Split, ...]
    differences: tuple[str, ...]


def run_of(split: Split) -> str:
    """Return how the benchmark of a split was run: ``2 threads``, or ``sequential``."""
    is_sequential = split.benchmark.mode is Mode.SERIAL
    return "sequential" if is_sequential else formatting.count(split.threads, "thread")


def pairs(analysis: Analysis) -> tuple[Pair, ...]:
    """Return the splits grouped by pair of builds, workloads in the order they are shown."""
    order = {workload.name: rank for rank, workload in enumerate(series.shown_workloads(analysis))}
    groups: dict[tuple[str, str], list[Split]] = {}
    for split in analysis.splits:
        groups.setdefault((split.gil, split.free_threaded), []).append(split)
    made = []
    for index, ((gil, free), splits) in enumerate(groups.items()):
        ranked = sorted(splits, key=lambda split: (order.get(split.workload, 0), split.threads))
        thirds = [split.free_threaded_gil for split in splits if split.free_threaded_gil]
        different = dict.fromkeys(name for split in splits for name in split.differences)
        made.append(
            Pair(
                name=f"split-{index}",
                gil=gil,
                free_threaded=free,
                free_threaded_gil=thirds[0] if thirds else None,
                splits=tuple(ranked),
                differences=tuple(different),
            ),
        )
    return tuple(made)


def halves(pair: Pair) -> tuple[Pair, ...]:
    """Return what is drawn as a figure each: of many rows two parts, to stand side by side.

    A workload is never divided.
    """
    names = list(dict.fromkeys(split.workload for split in pair.splits))
    if len(pair.splits) <= MAX_ROWS or len(names) == 1:
        return (pair,)
    counts = [sum(split.workload == name for split in pair.splits) for name in names]
    middle = min(range(1, len(names)), key=lambda at: abs(sum(counts[:at]) - sum(counts[at:])))
    return tuple(
        dataclasses.replace(
            pair,
            name=name,
            splits=tuple(split for split in pair.splits if split.workload in kept),
        )
        for name, kept in ((pair.name, names[:middle]), (f"{pair.name}-2", names[middle:]))
    )
