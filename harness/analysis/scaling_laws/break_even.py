"""Break-even: the number of threads from which losing the GIL pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.experiment.splits import pairs
from harness.analysis.results.scaling_laws import BreakEven, LevelEstimate, Reached
from harness.model import Benchmark, Cell, Mode
from harness.statistics.intervals import band_level, exponentiated, paired

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.analysis.experiment.times import Times
    from harness.model import Plan, Variant, Workload

__all__ = ["break_evens"]


def break_evens(plan: Plan, times: Times) -> tuple[BreakEven, ...]:
    """Return the break-even point of each GIL/free-threaded pair and each workload.

    It is the smallest measured N whose interval for T(GIL build) ÷ T(free-threaded build)
    lies wholly above 1. With m values of N each interval has the level 1 − (1 − LEVEL)/m
    (Bonferroni): all of them cover at once with LEVEL. Workloads that are paced or bring their
    own threads have none, nor those without an interval at any N. ``times`` as for ``laws``.
    """
    points = [
        _break_even(workload, pair, _differences(plan, times, workload, pair))
        for pair in pairs(plan)
        for workload in plan.workloads
        if not workload.is_paced and workload.thread_counts is None
    ]
    return tuple(point for point in points if point is not None)


def _differences(
    plan: Plan, times: Times, workload: Workload, pair: tuple[Variant, Variant]
) -> dict[int, NDArray[np.float64]]:
    """Return N, ascending → differences of log times, for each N that two blocks or more have."""
    differences = {}
    for count in sorted(plan.threads):
        benchmark = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=count)
        gil, free = (Cell(variant=variant.label, benchmark=benchmark) for variant in pair)
        both = times.pairs(gil, free)
        if len(both) > 1:
            differences[count] = both
    return differences


def _break_even(
    workload: Workload,
    pair: tuple[Variant, Variant],
    differences: dict[int, NDArray[np.float64]],
) -> BreakEven | None:
    if not differences:
        return None
    confidence = band_level(len(differences))
    levels = tuple(
        LevelEstimate(threads=count, estimate=exponentiated(paired(values, confidence)))
        for count, values in differences.items()
    )
    above = [level.threads for level in levels if (level.estimate.low or 0.0) > 1]
    gil, free = pair
    return BreakEven(
        workload=workload.name,
        gil=gil.label,
        free_threaded=free.label,
        reached=_reached(levels, above),
        threads=above[0] if above else None,
        levels=levels,
    )


def _reached(levels: tuple[LevelEstimate, ...], above: list[int]) -> Reached:
    if above:
        return Reached.AT_ONE if above[0] == 1 else Reached.AT_MORE
    # An interval that is not wholly below 1 contains it, since none lies above.
    highs = [level.estimate.high for level in levels]
    is_below = [high is not None and high < 1 for high in highs]
    return Reached.NOWHERE if all(is_below) else Reached.UNRESOLVED
