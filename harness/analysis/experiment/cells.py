"""Process summaries → times, speed-ups, efficiencies and ratios of every cell."""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.analysis.experiment.scaling import scaling_verdicts
from harness.analysis.results import process_measures
from harness.analysis.results.experiment import CalmRounds, CellResult
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
from harness.statistics.location import Location, inverted, shifted
from harness.statistics.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from harness.analysis.experiment.times import Times
    from harness.model import Estimate, ScalingVerdict, Verdict

    _Columns = Mapping[str, NDArray[np.float64]]
    """Of one cell: name of a measure → a number for each process, shape ``(processes,)``."""

__all__ = ["cell_results", "judged_by_workload"]


def cell_results(
    plan: Plan, frame: pd.DataFrame, times: Times, *, threshold: float, cores: int
) -> tuple[CellResult, ...]:
    """Return the results of all cells that have a successful process, in the plan's order.

    ``frame`` has a row for each process, ``times`` their values in rounds; ``threshold`` is the
    smallest relative difference that matters, ``cores`` the number of physical cores.
    """
    groups = _groups(frame)
    cells = [cell for cell in plan.cells if cell.name in groups]
    against_one = {cell: _against_one_thread(plan, cell, times) for cell in cells}
    against_baseline = {cell: _against_baseline(plan, cell, times) for cell in cells}
    speedups = judged_by_workload(against_one, threshold=threshold)
    ratios = judged_by_workload(against_baseline, threshold=threshold)
    scaling = scaling_verdicts(plan, against_one, cores=cores)
    sizes = collections.Counter(_curve(cell) for cell, where in against_one.items() if where)
    return tuple(
        _result(
            plan,
            cell,
            group=groups[cell.name],
            compared=_Compared(
                one=against_one[cell],
                one_verdict=speedups.get(cell),
                scaling=scaling.get(cell),
                one_rounds=_rounds(
                    times,
                    (cell, _one_thread(plan, cell)),
                    _against_one_thread(plan, cell, times, is_all=True),
                ),
                curve_size=sizes[_curve(cell)],
                baseline=against_baseline[cell],
                baseline_verdict=ratios.get(cell),
                baseline_sign=_sign(plan, cell, times) if against_baseline[cell] else None,
                baseline_rounds=_rounds(
                    times,
                    (cell, _baseline(plan, cell)),
                    _against_baseline(plan, cell, times, is_all=True),
                ),
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


class _Rounds(NamedTuple):
    """What is known of the rounds that a comparison rests on."""

    every: Location
    """The same difference of log times, from all of them."""
    calm: CalmRounds


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Compared:
    """One cell compared with others, as differences of log times."""

    one: Location | None
    """Log time − log time with one thread, per work done: below 0 is faster."""
    one_verdict: Verdict | None
    scaling: ScalingVerdict | None
    one_rounds: _Rounds | None
    curve_size: int
    """Points of the curve, without the first."""
    baseline: Location | None
    baseline_verdict: Verdict | None
    baseline_sign: Estimate | None
    baseline_rounds: _Rounds | None


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
    one_rounds, baseline_rounds = compared.one_rounds, compared.baseline_rounds
    return CellResult(
        variant=cell.variant,
        benchmark=cell.benchmark,
        time_s=exponentiated(mean_t(log_times)),
        speedup=speedup,
        band=band,
        speedup_verdict=compared.one_verdict,
        scaling=compared.scaling,
        speedup_all=None if one_rounds is None else ratio(inverted(one_rounds.every)),
        speedup_calm=None if one_rounds is None else one_rounds.calm,
        efficiency=None if speedup is None else scaled(speedup, 1 / cell.benchmark.threads),
        ratio=None if compared.baseline is None else ratio(compared.baseline),
        verdict=compared.baseline_verdict,
        ratio_all=None if baseline_rounds is None else ratio(baseline_rounds.every),
        ratio_calm=None if baseline_rounds is None else baseline_rounds.calm,
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


def _one_thread(plan: Plan, cell: Cell) -> Cell | None:
    """Return what a cell's speed-up is against, ``None`` for that cell itself."""
    reference = _reference(plan, cell)
    if reference is None or reference == cell.benchmark:
        return None
    return Cell(variant=cell.variant, benchmark=reference)


def _baseline(plan: Plan, cell: Cell) -> Cell | None:
    """Return what a cell's ratio is against, ``None`` where it has none."""
    if cell.variant == plan.baseline or plan.workload(cell.benchmark.workload).is_paced:
        return None
    return Cell(variant=plan.baseline, benchmark=cell.benchmark)


def _against_one_thread(
    plan: Plan, cell: Cell, times: Times, *, is_all: bool = False
) -> Location | None:
    """Return minus the log of the speed-up: T(1)/T(N) for fixed work, N·T(1)/T(N) per thread."""
    reference = _one_thread(plan, cell)
    where = None if reference is None else times.difference(cell, reference, is_all=is_all)
    is_weak = plan.workload(cell.benchmark.workload).scaling is Scaling.WEAK
    return shifted(where, -math.log(cell.benchmark.threads)) if where and is_weak else where


def _against_baseline(
    plan: Plan, cell: Cell, times: Times, *, is_all: bool = False
) -> Location | None:
    baseline = _baseline(plan, cell)
    return None if baseline is None else times.difference(cell, baseline, is_all=is_all)


def _rounds(times: Times, pair: tuple[Cell, Cell | None], every: Location | None) -> _Rounds | None:
    """Return what the difference of a pair rests on; ``every`` is the same from all rounds."""
    over, under = pair
    share = None if under is None else times.calm_share(over, under)
    if under is None or share is None or every is None:
        return None
    calm = CalmRounds(share=share, decided=times.is_by_calm(over, under))
    return _Rounds(every=every, calm=calm)


def _sign(plan: Plan, cell: Cell, times: Times) -> Estimate:
    under = Cell(variant=plan.baseline, benchmark=cell.benchmark)
    return exponentiated(sign_interval(times.pairs(cell, under)))


def _mean(column: NDArray[np.float64]) -> Estimate | None:
    positive = column[column > 0]
    return exponentiated(mean_t(np.log(positive))) if len(positive) else None


def _median(column: NDArray[np.float64]) -> float | None:
    values = column[~np.isnan(column)]
    return float(np.median(values)) if len(values) else None
