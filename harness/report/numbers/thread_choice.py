"""How many threads the overviews compare at: as many as fit the machine's physical cores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.model import Mode
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate
    from harness.report.elements import Shown

__all__ = ["fitting_threads", "is_number", "n_said", "where", "with_n"]


def fitting_threads(analysis: Analysis) -> int | None:
    """Return the most threads measured that fit the physical cores, and 2 at least.

    Where none of those fit, the fewest above 1; ``None`` where nothing had more than one thread.
    """
    free = {one.name for one in analysis.manifest.plan.workloads if one.thread_counts is None}
    several = {
        cell.threads
        for cell in analysis.cells
        if cell.mode is Mode.THREADS and cell.threads > 1 and cell.benchmark.workload in free
    }
    within = [count for count in several if count <= analysis.manifest.machine.physical_cores]
    return max(within) if within else min(several, default=None)


def where(analysis: Analysis, threads: int) -> str:
    """Return the number of threads with how it stands to the cores of the machine."""
    cores = analysis.manifest.machine.physical_cores
    said = formatting.count(cores, "physical core")
    if threads > cores:
        return f"{threads} threads, more than the {said}"
    return f"{threads} threads, the most measured that fit the {said}"


def is_number(estimate: Estimate | None) -> bool:
    """Return whether there is a ratio that can be drawn on a logarithmic scale."""
    return estimate is not None and math.isfinite(estimate.point) and estimate.point > 0


def n_said(estimates: Iterable[Estimate | None]) -> str:
    """Return what the numbers rest on where all rest on as much: ``n = 10 blocks``."""
    counts = {one.n for one in estimates if one is not None and one.method != formatting.DEFINITION}
    if not counts:
        return ""
    if len(counts) == 1:
        return f"n = {formatting.count(counts.pop(), 'block')}"
    return f"n = {min(counts)} to {max(counts)} blocks"


def with_n(shown: Shown, estimate: Estimate | None) -> Shown:
    """Return a number with the n of its own in its note."""
    if (
        estimate is None
        or estimate.method == formatting.DEFINITION
        or shown.value == formatting.ABSENT
    ):
        return shown
    return shown._replace(note=f"{shown.note}, n = {estimate.n}".removeprefix(", "))
