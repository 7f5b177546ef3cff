"""Software efficiency: how much threads reach of what the machine allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.scaling_laws import ShareOfCeiling
from harness.analysis.scaling_laws.curves import curves, estimates, log_speedups
from harness.analysis.scaling_laws.fit import unfit
from harness.model import Mode
from harness.statistics.intervals import exponentiated, paired

if TYPE_CHECKING:
    import pandas as pd

    from harness.analysis.experiment.times import Times
    from harness.analysis.results.scaling_laws import LevelEstimate
    from harness.model import Plan

__all__ = ["shares_of_ceiling"]


def shares_of_ceiling(plan: Plan, times: Times) -> tuple[ShareOfCeiling, ...]:
    """Return speed-up in threads ÷ speed-up in processes, at each N that has both.

    The difference of differences (z_t(1) − z_t(N)) − (z_p(1) − z_p(N)) of log times within a
    block, its mean with Student's t. The ceiling is the variant's own where it was
    measured (``--mode processes``), otherwise the baseline's. ``times`` as for ``laws``.
    """
    usable = {
        (curve.variant, curve.workload.name, curve.mode): log_speedups(curve, times)
        for curve in curves(plan, times)
        if 1 in curve.counts and unfit(curve.workload) is None
    }
    shares = []
    for (variant, workload, mode), threads in usable.items():
        labels = dict.fromkeys((variant, plan.baseline)) if mode is Mode.THREADS else ()
        for label in labels:
            processes = usable.get((label, workload, Mode.PROCESSES))
            levels = () if processes is None else _levels(threads, processes)
            if levels:
                share = ShareOfCeiling(
                    variant=variant, workload=workload, ceiling=label, levels=levels
                )
                shares.append(share)
                break
    return tuple(shares)


def _levels(threads: pd.DataFrame, processes: pd.DataFrame) -> tuple[LevelEstimate, ...]:
    both = threads.columns.intersection(processes.columns)
    differences = threads[both] - processes[both]
    return estimates(differences, lambda column: exponentiated(paired(column)))
