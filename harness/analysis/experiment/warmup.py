"""How each variant warms up: the pilot's series, and the first values of all processes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.results.experiment import WarmupResult
from harness.model import Status
from harness.model.plans import PILOT
from harness.planning.calibration import longest_warmup_s, reference_cells, warmup_of
from harness.planning.warmup import TOLERANCE, Shape
from harness.statistics.intervals import exponentiated, mean_t
from harness.storage.worker_result import read_run

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from harness.model import Cell, Outcome, Plan
    from harness.storage.worker_result import RunData

__all__ = ["is_inconsistent", "warmup_results"]


def warmup_results(
    plan: Plan, outcomes: Iterable[Outcome], frame: pd.DataFrame
) -> tuple[WarmupResult, ...]:
    """Return a result for each cell whose pilot recorded its warm-up, in the plan's order.

    ``frame`` has the processes that the estimates rest on.
    """
    references = set(reference_cells(plan).values())
    pilots: dict[Cell, list[RunData]] = {}
    for outcome in outcomes:
        is_pilot = outcome.job.block == PILOT and outcome.status is Status.OK
        if is_pilot and outcome.job.cell in references:
            # Not from the decoded runs: they have only one pilot where two ran.
            run = read_run(outcome.run)
            if run.series:
                pilots.setdefault(outcome.job.cell, []).append(run)
    return tuple(
        _result(cell, pilots[cell], frame[frame["cell"] == cell.name])
        for cell in plan.cells
        if cell in pilots
    )


def is_inconsistent(cold: NDArray[np.float64]) -> bool:
    """Return whether processes disagree on whether their first value is slow or fast.

    ``cold`` is ln(first value ÷ steady value), shape ``(processes,)``. They disagree when at
    least a quarter of them, and two, lie above the tolerance and as many below it: chance rarely
    puts so many on both sides.
    """
    enough = max(2, math.ceil(len(cold) / 4))
    return bool(min(np.sum(cold > TOLERANCE), np.sum(cold < -TOLERANCE)) >= enough)


def _result(cell: Cell, pilots: list[RunData], group: pd.DataFrame) -> WarmupResult:
    warmup = warmup_of(pilots)
    ratios = np.asarray(group["cold_ratio"].dropna(), dtype=float)
    cold = np.log(ratios[ratios > 0])
    warmups = int(group["warmups"].iloc[0]) if len(group) else 0
    value_s = group["loops"] * np.exp(group["log_time"])
    return WarmupResult(
        variant=cell.variant,
        benchmark=cell.benchmark,
        shape=Shape.INCONSISTENT if is_inconsistent(cold) else warmup.shape,
        cold_ratio=exponentiated(mean_t(cold)) if len(cold) else None,
        found_s=warmup.reached_s,
        segments=warmup.segments,
        processes=len(pilots),
        is_capped=warmup.reached_s > longest_warmup_s(warmup),
        warmups=warmups,
        warmup_s=warmups * float(value_s.median()) if len(group) else 0.0,
        curve=warmup.curve,
    )
