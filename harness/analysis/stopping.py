"""Whether enough blocks are measured: the time is used up, or the intervals are narrow enough.

Place in the flow: journal → **stopping** → scheduler, and again → results, which say why an
experiment ended. It depends on the journal alone, so that a resumed experiment ends where an
uninterrupted one would. Looking at the intervals after every block and stopping once they are
narrow costs a little of their level: ``docs/methodology.md`` says how much.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING

from harness.model import Benchmark, Cell, Kind, Mode
from harness.pyperf_run import read_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from harness.analysis.location import Location
    from harness.model import Outcome, Plan

__all__ = ["LEAST_BLOCKS", "Stop", "reason_to_stop", "stopper"]

LEAST_BLOCKS = 5
"""Fewer blocks are not stopped for their precision: by chance alone they may agree too well."""


class Stop(enum.StrEnum):
    """Why an experiment ended before its last planned block."""

    NOT = ""
    TIME = "time budget"
    PRECISION = "precision"


def stopper(plan: Plan, outcomes: list[Outcome], cores: int) -> Callable[[int], bool]:
    """Return whether block N shall not be begun, judged by the ``outcomes`` there are by then."""
    return lambda block: reason_to_stop(plan, outcomes, before=block, cores=cores) is not Stop.NOT


def reason_to_stop(plan: Plan, outcomes: Iterable[Outcome], *, before: int, cores: int) -> Stop:
    """Return why block ``before`` shall not be begun; of ``cores`` physical cores.

    A time budget ends an experiment when the next block would not end within it, were it as
    long as the typical one so far; the first block is always begun.
    """
    if before == 1 or not plan.has_stopping_rule:
        return Stop.NOT
    earlier = [one for one in outcomes if one.job.block < before and not one.job.is_memory]
    if plan.time_budget_s is not None and _is_time_over(earlier, plan.time_budget_s, before):
        return Stop.TIME
    if plan.precision is not None and before > LEAST_BLOCKS:
        reach = _reach(plan, earlier, cores)
        if reach <= math.log1p(plan.precision):
            return Stop.PRECISION
    return Stop.NOT


def _is_time_over(earlier: list[Outcome], budget_s: float, before: int) -> bool:
    spent_s = sum(one.duration_s for one in earlier)
    blocks_s = sum(one.duration_s for one in earlier if one.job.is_timed)
    return spent_s + blocks_s / (before - 1) > budget_s


def _reach(plan: Plan, earlier: list[Outcome], cores: int) -> float:
    """Return half the widest headline interval on the log scale; infinite without any."""
    from harness.analysis.estimate import estimate  # noqa: PLC0415 - SciPy: only where asked for
    from harness.analysis.frame import process_frame  # noqa: PLC0415
    from harness.analysis.scaling import log_times  # noqa: PLC0415

    times = log_times(process_frame(earlier, read_runs(earlier)))
    widths = [
        _half(estimate(where).low, where) for where in _headlines(plan, times, cores) if where
    ]
    return max(widths, default=math.inf)


def _half(low: float | None, where: Location) -> float:
    return math.inf if low is None else where.point - low


def _headlines(plan: Plan, times: pd.DataFrame, cores: int) -> Iterator[Location | None]:
    """Yield what the answers tell: speed-up with all cores, and one thread against the baseline."""
    from harness.analysis.scaling import difference  # noqa: PLC0415

    for workload in plan.workloads:
        if workload.is_paced or workload.kind is Kind.IO or workload.thread_counts is not None:
            continue
        one = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=1)
        counts = [
            cell.benchmark.threads
            for cell in plan.cells
            if cell.benchmark.workload == workload.name and cell.benchmark.mode is Mode.THREADS
        ]
        most = max((count for count in counts if count <= cores), default=1)
        many = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=most)
        for variant in plan.variants:
            alone = Cell(variant=variant.label, benchmark=one)
            if most > 1:
                yield difference(times, Cell(variant=variant.label, benchmark=many), alone)
            if variant.label != plan.baseline:
                yield difference(times, alone, Cell(variant=plan.baseline, benchmark=one))
