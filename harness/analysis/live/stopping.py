"""Whether enough blocks are measured: the time is used up, or the intervals are narrow enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.experiment.headlines import headlines
from harness.analysis.results.experiment import Stop
from harness.model import Benchmark, Cell, Kind, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.model import Outcome, Plan
    from harness.storage.worker_result import Runs

__all__ = ["MIN_BLOCKS", "known_within", "reason_to_stop", "stopper"]

MIN_BLOCKS = 5
"""Precision stops no experiment earlier: a few blocks may agree by chance."""
ASKED = 0.03
"""Half the width of an interval, where no precision is asked for."""
FAR_NARROWER = 1 / 3
"""Share of what is asked for below which more blocks would be wasted on a workload."""


def stopper(plan: Plan, outcomes: list[Outcome], runs: Runs, cores: int) -> Callable[[int], bool]:
    """Return a function that tells from the outcomes so far whether to stop before block N."""
    return lambda block: (
        reason_to_stop(plan, outcomes, runs, before=block, cores=cores) is not Stop.NOT
    )


def reason_to_stop(
    plan: Plan, outcomes: Iterable[Outcome], runs: Runs, *, before: int, cores: int
) -> Stop:
    """Return why to stop before block ``before``; ``cores`` is the number of physical cores.

    ``runs`` are those of the ``outcomes``, decoded. A time budget, of the workers' time, ends an
    experiment when the next block, at the mean duration of those so far, would exceed it; the
    first block always runs.
    """
    if before == 1 or not plan.has_stopping_rule:
        return Stop.NOT
    earlier = [
        outcome for outcome in outcomes if outcome.job.block < before and not outcome.job.is_memory
    ]
    if plan.time_budget_s is not None and _is_time_over(earlier, plan.time_budget_s):
        return Stop.TIME
    if plan.precision is None or before <= MIN_BLOCKS:
        return Stop.NOT
    is_precise = _reach(earlier, runs, headlines(plan, cores)) <= math.log1p(plan.precision)
    return Stop.PRECISION if is_precise else Stop.NOT


def _is_time_over(earlier: list[Outcome], budget_s: float) -> bool:
    timed = [outcome for outcome in earlier if outcome.job.is_timed]
    # The blocks so far, not ``before``: a budget that is used up stays used up.
    blocks = len({outcome.job.block for outcome in timed})
    spent_s = sum(outcome.wall_s for outcome in earlier)
    return spent_s + sum(outcome.wall_s for outcome in timed) / max(1, blocks) > budget_s


def _reach(earlier: list[Outcome], runs: Runs, comparisons: Iterable[tuple[Cell, Cell]]) -> float:
    """Return half the widest interval of these on the log scale; infinite without any."""
    from harness.analysis.experiment.times import process_times  # noqa: PLC0415
    from harness.statistics.intervals import estimate  # noqa: PLC0415 - SciPy: only where asked for

    times = process_times(earlier, runs)
    differences = (times.difference(over, under) for over, under in comparisons)
    estimates = [estimate(where) for where in differences if where is not None]
    # A cell without an interval by now failed, and will not be tried again.
    widths = [headline.point - headline.low for headline in estimates if headline.low is not None]
    return max(widths, default=math.inf)


def known_within(
    plan: Plan,
    outcomes: Iterable[Outcome],
    runs: Runs,
    *,
    before: int,
    workload: str,
    cores: int,
) -> float | None:
    """Return within what share all intervals of a workload are, if that is far narrower than asked.

    ``None`` where more blocks are needed: where an interval is wider, and before the sixth block.
    The result of a workload that goes on for a fixed time are the notes of its calls: it is known
    once it has made as many as it requires, and its duration is exact.
    """
    facts = plan.workload(workload)
    if not plan.is_frugal or before <= MIN_BLOCKS:
        return None
    own = [
        outcome
        for outcome in outcomes
        if outcome.job.cell.benchmark.workload == workload
        and outcome.job.is_timed
        and outcome.job.block < before
    ]
    if facts.is_paced:
        units = min(_units(plan, own, cell) for cell in plan.cells_of(workload))
        return 0.0 if facts.least_units <= units else None
    if facts.notes:
        return None
    pairs = list(_comparisons(plan, workload, cores))
    reach = _reach(own, runs, pairs)
    asked = ASKED if plan.precision is None else plan.precision
    return math.expm1(reach) if reach <= math.log1p(asked * FAR_NARROWER) else None


def _units(plan: Plan, own: Iterable[Outcome], cell: Cell) -> float:
    """Return how many units of work a cell has done; infinitely many for one that fails."""
    mine = [outcome for outcome in own if outcome.job.cell == cell]
    good = [outcome for outcome in mine if outcome.status is Status.OK]
    units = plan.workload(cell.benchmark.workload).units
    done = sum(outcome.loops * outcome.values * units for outcome in good)
    return done if len(good) == len(mine) else math.inf


def _comparisons(plan: Plan, workload: str, cores: int) -> Iterator[tuple[Cell, Cell]]:
    """Yield every ratio of a workload that its page shows: to one thread, and to the baseline."""
    planned = plan.cells_of(workload)
    is_waiting = plan.workload(workload).kind is Kind.IO
    for cell in planned:
        mode, threads = cell.benchmark.mode, cell.benchmark.threads
        if threads > cores and not is_waiting:
            continue
        one = Benchmark(workload=workload, mode=mode, threads=1)
        for under in (
            Cell(variant=cell.variant, benchmark=one),
            Cell(variant=plan.baseline, benchmark=cell.benchmark),
        ):
            if under in planned and under != cell:
                yield cell, under
