"""Speed-up curves within blocks: what the laws of scaling are fitted to."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.analysis.results.scaling_laws import LevelEstimate
from harness.model import Benchmark, Cell, Mode, Scaling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.analysis.experiment.times import Times
    from harness.model import Estimate, Plan, Workload

__all__ = ["Curve", "curves", "estimates", "log_speedups"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curve:
    """One variant, one workload and one mode, at every N that has a successful process."""

    variant: str
    workload: Workload
    mode: Mode
    counts: tuple[int, ...]
    """Ascending."""

    def cell(self, threads: int) -> Cell:
        """Return the cell at one N."""
        benchmark = Benchmark(workload=self.workload.name, mode=self.mode, threads=threads)
        return Cell(variant=self.variant, benchmark=benchmark)


def curves(plan: Plan, times: Times) -> tuple[Curve, ...]:
    """Return the curves that laws are fitted to and that go beyond N = 1, in the plan's order."""
    counts: dict[tuple[str, str, Mode], list[int]] = {}
    for cell in plan.cells:
        benchmark = cell.benchmark
        if benchmark.mode.facts.has_law and cell.name in times:
            key = (cell.variant, benchmark.workload, benchmark.mode)
            counts.setdefault(key, []).append(benchmark.threads)
    return tuple(
        Curve(
            variant=variant,
            workload=plan.workload(workload),
            mode=mode,
            counts=tuple(sorted(measured)),
        )
        for (variant, workload, mode), measured in counts.items()
        if max(measured) > 1
    )


def log_speedups(curve: Curve, times: Times) -> pd.DataFrame:
    """Return ln S(N): a row per block of ``times``, a column per N above 1, ascending.

    S(N) is T(1)/T(N) for fixed work and N·T(1)/T(N) for fixed work per thread; NaN where the
    block lacks one of the two. The curve must have N = 1.
    """
    single = curve.cell(1).name
    is_weak = curve.workload.scaling is Scaling.WEAK
    columns = {
        count: times.minus(single, curve.cell(count).name) + (math.log(count) if is_weak else 0.0)
        for count in curve.counts
        if count > 1
    }
    return pd.DataFrame(
        np.array([*columns.values()]).T,
        index=list(times.blocks),
        columns=list(columns),
        dtype=float,
    )


def estimates(
    blocks: pd.DataFrame, estimator: Callable[[NDArray[np.float64]], Estimate]
) -> tuple[LevelEstimate, ...]:
    """Return an estimate of each column (N) of ``blocks`` from the blocks that measured it."""
    levels = []
    for count in blocks:
        column = blocks[count].to_numpy(dtype=float)
        measured = column[~np.isnan(column)]
        if len(measured):
            levels.append(LevelEstimate(threads=int(str(count)), estimate=estimator(measured)))
    return tuple(levels)
