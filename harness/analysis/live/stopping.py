"""Whether enough blocks are measured: the time is used up, or the intervals are narrow enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.results.experiment import Stop
from harness.model import Benchmark, Cell, Kind, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.model import Outcome, Plan
    from harness.storage.worker_result import Runs

__all__ = ["MIN_BLOCKS", "headlines", "reason_to_stop", "stopper"]

MIN_BLOCKS = 5
"""Precision stops no experiment earlier: a few blocks may agree by chance."""


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
    is_precise = _reach(plan, earlier, runs, cores) <= math.log1p(plan.precision)
    return Stop.PRECISION if is_precise else Stop.NOT


def _is_time_over(earlier: list[Outcome], budget_s: float) -> bool:
    timed = [outcome for outcome in earlier if outcome.job.is_timed]
    # The blocks so far, not ``before``: a budget that is used up stays used up.
    blocks = len({outcome.job.block for outcome in timed})
    spent_s = sum(outcome.duration_s for outcome in earlier)
    return spent_s + sum(outcome.duration_s for outcome in timed) / max(1, blocks) > budget_s


def _reach(plan: Plan, earlier: list[Outcome], runs: Runs, cores: int) -> float:
    """Return half the widest headline interval on the log scale; infinite without any."""
    from harness.analysis.experiment.cells import difference, log_times  # noqa: PLC0415
    from harness.analysis.experiment.frame import process_frame  # noqa: PLC0415
    from harness.statistics.intervals import estimate  # noqa: PLC0415 - SciPy: only where asked for

    times = log_times(process_frame(earlier, runs))
    differences = (difference(times, over, under) for over, under in headlines(plan, cores))
    estimates = [estimate(where) for where in differences if where is not None]
    # A cell without an interval by now failed, and will not be tried again.
    widths = [headline.point - headline.low for headline in estimates if headline.low is not None]
    return max(widths, default=math.inf)


def headlines(plan: Plan, cores: int) -> Iterator[tuple[Cell, Cell]]:
    """Yield the headline ratios as (over, under): all cores ÷ one, one thread ÷ baseline's."""
    planned = set(plan.cells)
    for workload in plan.workloads:
        if workload.is_paced or workload.kind is Kind.IO or workload.thread_counts is not None:
            continue
        single = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=1)
        counts = [
            cell.benchmark.threads
            for cell in plan.cells
            if cell.benchmark.workload == workload.name and cell.benchmark.mode is Mode.THREADS
        ]
        most = max((count for count in counts if count <= cores), default=1)
        many = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=most)
        for variant in plan.variants:
            alone = Cell(variant=variant.label, benchmark=single)
            pairs = [(alone, Cell(variant=plan.baseline, benchmark=single))]
            if most > 1:
                pairs.append((Cell(variant=variant.label, benchmark=many), alone))
            yield from (
                (over, under) for over, under in pairs if over != under and {over, under} <= planned
            )
