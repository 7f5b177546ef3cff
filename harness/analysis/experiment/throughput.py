"""Work per second against the baseline's one thread: interpreter and threads in one number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.results.scaling_laws import Throughput
from harness.model import Benchmark, Cell, Mode, Scaling
from harness.statistics.intervals import one_by_definition, ratio
from harness.statistics.location import inverted, shifted

if TYPE_CHECKING:
    from harness.analysis.experiment.times import Times
    from harness.model import Estimate, Plan

__all__ = ["throughputs"]


def throughputs(plan: Plan, times: Times) -> tuple[Throughput, ...]:
    """Return the relative work per second of every threaded cell whose threads can be chosen.

    T_baseline(1) ÷ T(N) for fixed work and N·T_baseline(1) ÷ T(N) for fixed work per thread,
    both times from the same block. ``times`` has natural logarithms of seconds, a row per
    block, a column per cell name.
    """
    workloads = {
        workload.name: workload
        for workload in plan.workloads
        if workload.thread_counts is None and not workload.is_paced
    }
    rates = []
    for cell in plan.cells:
        benchmark = cell.benchmark
        workload = workloads.get(benchmark.workload)
        if workload is None or benchmark.mode is not Mode.THREADS:
            continue
        is_weak = workload.scaling is Scaling.WEAK
        relative = _relative(plan, cell, times, work=benchmark.threads if is_weak else 1)
        if relative is not None:
            rates.append(
                Throughput(
                    variant=cell.variant,
                    workload=workload.name,
                    threads=benchmark.threads,
                    relative=relative,
                )
            )
    return tuple(rates)


def _relative(plan: Plan, cell: Cell, times: Times, *, work: int) -> Estimate | None:
    """Return the rate of a cell that does ``work`` times the work of the baseline's one thread."""
    first = Benchmark(workload=cell.benchmark.workload, mode=Mode.THREADS, threads=1)
    reference = Cell(variant=plan.baseline, benchmark=first)
    where = times.difference(cell, reference)
    if where is None:
        return None
    if cell == reference:
        return one_by_definition(where.n)
    return ratio(shifted(inverted(where), math.log(work)))
