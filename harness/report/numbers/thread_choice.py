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
    plan = analysis.manifest.plan
    several = {
        cell.threads
        for cell in analysis.cells
        if cell.mode is Mode.THREADS
        and cell.threads > 1
        and plan.workload(cell.benchmark.workload).thread_counts is None
    }
    within = [count for count in several if count <= analysis.manifest.machine.physical_cores]
    return max(within) if within else min(several, default=None)


def where(analysis: Analysis, threads: int) -> str:
    """Return the number of threads in relation to the cores of the machine."""
    count = analysis.manifest.machine.physical_cores
    cores = formatting.count(count, "physical core")
    if threads > count:
        return f"{threads} threads, more than the {cores}"
    return f"{threads} threads, the most measured that fit the {cores}"


def is_number(estimate: Estimate | None) -> bool:
    """Return whether there is a ratio that can be drawn on a logarithmic scale."""
    return estimate is not None and math.isfinite(estimate.point) and estimate.point > 0


def n_said(estimates: Iterable[Estimate | None]) -> str:
    """Return the n of these numbers: ``n = 10 blocks``."""
    counts = {
        estimate.n
        for estimate in estimates
        if estimate is not None and not formatting.is_definition(estimate)
    }
    if len(counts) > 1:
        return f"n = {min(counts)} to {max(counts)} blocks"
    return f"n = {formatting.count(counts.pop(), 'block')}" if counts else ""


def with_n(shown: Shown, estimate: Estimate | None) -> Shown:
    """Return a number with its own n in its note."""
    is_absent = shown.value == formatting.ABSENT
    if estimate is None or is_absent or formatting.is_definition(estimate):
        return shown
    return shown._replace(note=f"{shown.note}, n = {estimate.n}".removeprefix(", "))
