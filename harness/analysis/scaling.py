"""Process summaries → times, speed-ups, efficiencies and ratios of every cell.

Place in the flow: frame → **scaling** → results. Everything compared is compared within
a block first: what drifts from block to block cancels in the pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.estimate import LEVEL, exponentiated, mean_t, paired, scaled
from harness.analysis.results import CellResult
from harness.model import Benchmark, Cell, Estimate, Mode, Plan, Scaling

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["block_ratio", "cell_results", "log_times"]


def log_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``log_time`` with one row per block and one column per cell name."""
    return frame.pivot_table(index="block", columns="cell", values="log_time")


def block_ratio(times: pd.DataFrame, over: Cell, under: Cell) -> Estimate | None:
    """Return time(over) ÷ time(under), paired in blocks; ``None`` without a common block."""
    if over.name not in times or under.name not in times:
        return None
    differences = (times[over.name] - times[under.name]).dropna().to_numpy(dtype=float)
    return exponentiated(paired(differences)) if len(differences) else None


def cell_results(plan: Plan, frame: pd.DataFrame) -> tuple[CellResult, ...]:
    """Return the results of all cells that have a good process, in the plan's order."""
    times = log_times(frame)
    groups = dict(iter(frame.sort_values("block").groupby("cell", sort=False)))
    return tuple(
        _result(plan, cell, group=groups[cell.name], times=times)
        for cell in plan.cells
        if cell.name in groups
    )


def _result(plan: Plan, cell: Cell, *, group: pd.DataFrame, times: pd.DataFrame) -> CellResult:
    speedup = _speedup(plan, cell, times)
    return CellResult(
        variant=cell.variant,
        benchmark=cell.benchmark,
        time_s=exponentiated(mean_t(group["log_time"].to_numpy(dtype=float))),
        speedup=speedup,
        efficiency=None if speedup is None else scaled(speedup, 1 / cell.benchmark.threads),
        ratio=_to_baseline(plan, cell, times),
        cores_used=_mean(group["cores_used"]),
        cold_ratio=_mean(group["cold_ratio"]),
        start_skew_s=float(group["start_skew_s"].median()),
        max_rss_bytes=_median(group["max_rss_bytes"]),
        involuntary_switches_per_s=_median(group["involuntary_per_s"]),
        loops=int(group["loops"].iloc[0]),
        warmups=int(group["warmups"].iloc[0]),
        process_times_s=tuple(np.exp(group["log_time"].to_numpy(dtype=float)).tolist()),
    )


def _speedup(plan: Plan, cell: Cell, times: pd.DataFrame) -> Estimate | None:
    """Return T(1)/T(N) for fixed work and N·T(1)/T(N) for fixed work per thread.

    A workload that brings its own threads is compared with its serial mode; one whose duration
    is no result with nothing.
    """
    workload = plan.workload(cell.benchmark.workload)
    if workload.is_paced:
        return None
    one = Benchmark(workload=workload.name, mode=cell.benchmark.mode, threads=1)
    if workload.thread_counts is not None:
        one = Benchmark(workload=workload.name, mode=Mode.SERIAL, threads=1)
    if one == cell.benchmark:
        n = int(times[cell.name].count())
        return Estimate(point=1.0, low=1.0, high=1.0, level=LEVEL, n=n, method="definition")
    ratio = block_ratio(times, Cell(variant=cell.variant, benchmark=one), cell)
    if ratio is None or workload.scaling is Scaling.STRONG:
        return ratio
    return scaled(ratio, cell.benchmark.threads)


def _to_baseline(plan: Plan, cell: Cell, times: pd.DataFrame) -> Estimate | None:
    if cell.variant == plan.baseline or plan.workload(cell.benchmark.workload).is_paced:
        return None
    return block_ratio(times, cell, Cell(variant=plan.baseline, benchmark=cell.benchmark))


def _clean(column: pd.Series[float]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.asarray(column, dtype=np.float64)
    return values[~np.isnan(values)]


def _mean(column: pd.Series[float]) -> Estimate | None:
    values = _clean(column)
    positive = values[values > 0]
    return exponentiated(mean_t(np.log(positive))) if len(positive) else None


def _median(column: pd.Series[float]) -> float | None:
    values = _clean(column)
    return float(np.median(values)) if len(values) else None
