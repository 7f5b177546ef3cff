"""Process summaries → times, speed-ups, efficiencies and ratios of every cell."""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.results import process_measures
from harness.analysis.results.experiment import CellResult
from harness.model import Benchmark, Cell, Mode, Plan, Scaling
from harness.statistics.intervals import (
    band_level,
    exponentiated,
    mean_t,
    one_by_definition,
    ratio,
    scaled,
    sign_interval,
)
from harness.statistics.location import Location, inverted, paired, shifted
from harness.statistics.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from harness.model import Estimate, Verdict

    _Columns = Mapping[str, NDArray[np.float64]]
    """Of one cell: name of a measure → a number for each process, shape ``(processes,)``."""

__all__ = ["cell_results", "difference", "judged_by_workload", "log_times", "pairs"]


def log_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``log_time`` with one row per block and one column per cell name."""
    return frame.pivot_table(index="block", columns="cell", values="log_time")


def difference(times: pd.DataFrame, over: Cell, under: Cell) -> Location | None:
    """Return log time(over) − log time(under), paired in blocks; ``None`` without a common one."""
    differences = pairs(times, over, under)
    return paired(differences) if len(differences) else None


def pairs(times: pd.DataFrame, over: Cell, under: Cell) -> NDArray[np.float64]:
    """Return log time(over) − log time(under) in each block that has both, shape ``(blocks,)``."""
    if over.name not in times or under.name not in times:
        return np.empty(0)
    # Arrays: pandas takes many times as long to subtract and drop NaN.
    differences = times[over.name].to_numpy(dtype=float) - times[under.name].to_numpy(dtype=float)
    return np.asarray(differences[~np.isnan(differences)], dtype=float)


def cell_results(plan: Plan, frame: pd.DataFrame, *, threshold: float) -> tuple[CellResult, ...]:
    """Return the results of all cells that have a successful process, in the plan's order.

    ``threshold`` is the smallest relative difference that matters.
    """
    times = log_times(frame)
    groups = _groups(frame)
    cells = [cell for cell in plan.cells if cell.name in groups]
    against_one = {cell: _against_one_thread(plan, cell, times) for cell in cells}
    against_baseline = {cell: _against_baseline(plan, cell, times) for cell in cells}
    speedups = judged_by_workload(against_one, threshold=threshold)
    ratios = judged_by_workload(against_baseline, threshold=threshold)
    sizes = collections.Counter(_curve(cell) for cell, where in against_one.items() if where)
    return tuple(
        _result(
            plan,
            cell,
            group=groups[cell.name],
            compared=_Compared(
                one=against_one[cell],
                one_verdict=speedups.get(cell),
                curve_size=sizes[_curve(cell)],
                baseline=against_baseline[cell],
                baseline_verdict=ratios.get(cell),
                baseline_sign=_sign(plan, cell, times) if against_baseline[cell] else None,
            ),
        )
        for cell in cells
    )


def _groups(frame: pd.DataFrame) -> dict[str, _Columns]:
    """Return the measures of each cell's processes, by block; arrays, as there are many cells."""
    ordered = frame.sort_values("block")
    names = ("log_time", *(measure.name for measure in process_measures.MEASURES))
    columns = {name: ordered[name].to_numpy(dtype=float) for name in names}
    places = ordered.groupby("cell", sort=False).indices
    return {
        str(cell): {name: column[rows] for name, column in columns.items()}
        for cell, rows in places.items()
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Compared:
    """One cell compared with others, as differences of log times."""

    one: Location | None
    """Log time − log time with one thread, per work done: below 0 is faster."""
    one_verdict: Verdict | None
    curve_size: int
    """Points of the curve, without the first."""
    baseline: Location | None
    baseline_verdict: Verdict | None
    baseline_sign: Estimate | None


def judged_by_workload(
    differences: Mapping[Cell, Location | None], *, threshold: float
) -> dict[Cell, Verdict | None]:
    """Return the verdict on each difference, those of one workload being one family."""
    families: dict[str, list[Cell]] = {}
    for cell, where in differences.items():
        if where is not None:
            families.setdefault(cell.benchmark.workload, []).append(cell)
    return {
        cell: verdict
        for cells in families.values()
        for cell, verdict in zip(
            cells, judge([differences[cell] for cell in cells], threshold=threshold), strict=True
        )
    }


def _curve(cell: Cell) -> tuple[str, str, Mode]:
    return cell.variant, cell.benchmark.workload, cell.benchmark.mode


def _result(plan: Plan, cell: Cell, *, group: _Columns, compared: _Compared) -> CellResult:
    speedup = band = None
    log_times = group["log_time"]
    if _reference(plan, cell) == cell.benchmark:
        speedup = band = one_by_definition(len(log_times))
    elif compared.one is not None:
        faster = inverted(compared.one)
        speedup, band = ratio(faster), ratio(faster, band_level(compared.curve_size))
    return CellResult(
        variant=cell.variant,
        benchmark=cell.benchmark,
        time_s=exponentiated(mean_t(log_times)),
        speedup=speedup,
        band=band,
        speedup_verdict=compared.one_verdict,
        efficiency=None if speedup is None else scaled(speedup, 1 / cell.benchmark.threads),
        ratio=None if compared.baseline is None else ratio(compared.baseline),
        verdict=compared.baseline_verdict,
        ratio_sign=compared.baseline_sign,
        means={measure.name: _mean(group[measure.name]) for measure in process_measures.MEANS},
        start_skew_s=float(np.median(group[process_measures.START_SKEW.name])),
        max_rss_bytes=_median(group[process_measures.MAX_RSS.name]),
        involuntary_switches_per_s=_median(group[process_measures.SWITCHES.name]),
        loops=int(group[process_measures.LOOPS.name][0]),
        warmups=int(group[process_measures.WARMUPS.name][0]),
        process_times_s=tuple(np.exp(log_times).tolist()),
    )


def _reference(plan: Plan, cell: Cell) -> Benchmark | None:
    """Return what a cell's speed-up is against, ``None`` where it has none.

    A workload that brings its own threads is compared with its serial mode; a paced one with
    nothing.
    """
    workload = plan.workload(cell.benchmark.workload)
    if workload.is_paced:
        return None
    mode = cell.benchmark.mode if workload.thread_counts is None else Mode.SERIAL
    return Benchmark(workload=workload.name, mode=mode, threads=1)


def _against_one_thread(plan: Plan, cell: Cell, times: pd.DataFrame) -> Location | None:
    """Return minus the log of the speed-up: T(1)/T(N) for fixed work, N·T(1)/T(N) per thread."""
    reference = _reference(plan, cell)
    if reference is None or reference == cell.benchmark:
        return None
    where = difference(times, cell, Cell(variant=cell.variant, benchmark=reference))
    is_weak = plan.workload(cell.benchmark.workload).scaling is Scaling.WEAK
    return shifted(where, -math.log(cell.benchmark.threads)) if where and is_weak else where


def _against_baseline(plan: Plan, cell: Cell, times: pd.DataFrame) -> Location | None:
    if cell.variant == plan.baseline or plan.workload(cell.benchmark.workload).is_paced:
        return None
    return difference(times, cell, Cell(variant=plan.baseline, benchmark=cell.benchmark))


def _sign(plan: Plan, cell: Cell, times: pd.DataFrame) -> Estimate:
    under = Cell(variant=plan.baseline, benchmark=cell.benchmark)
    return exponentiated(sign_interval(pairs(times, cell, under)))


def _mean(column: NDArray[np.float64]) -> Estimate | None:
    positive = column[column > 0]
    return exponentiated(mean_t(np.log(positive))) if len(positive) else None


def _median(column: NDArray[np.float64]) -> float | None:
    values = column[~np.isnan(column)]
    return float(np.median(values)) if len(values) else None
