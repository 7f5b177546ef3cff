"""The price of sharing: the same work on one state for all threads, and on one for each."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.experiment.cells import judged_by_workload
from harness.analysis.results.scaling_laws import SharingCost
from harness.model import Benchmark, Cell, Mode
from harness.statistics.intervals import ratio

if TYPE_CHECKING:
    from harness.analysis.experiment.times import Times
    from harness.model import Plan, Workload

__all__ = ["Arms", "arms", "sharing_costs"]

_ENDINGS = {"private": "_private", "shared": "_shared"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Arms:
    """Two workloads that differ only in whose state the threads work on."""

    pair: str
    private: str
    shared: str


def arms(plan: Plan) -> tuple[Arms, ...]:
    """Return the pairs both of whose arms are in the plan, in its order.

    A workload that declares no pair belongs to one by its name, ``NAME_private`` or
    ``NAME_shared``. Arms of different scaling make no pair, nor do those whose threads or
    duration are fixed.
    """
    by_pair: dict[str, dict[str, Workload]] = {}
    for workload in plan.workloads:
        pair, arm = _place(workload)
        if pair and not workload.is_paced and workload.thread_counts is None:
            by_pair.setdefault(pair, {}).setdefault(arm, workload)
    return tuple(
        Arms(pair=pair, private=both["private"].name, shared=both["shared"].name)
        for pair, both in by_pair.items()
        if len(both) == len(_ENDINGS) and both["private"].scaling == both["shared"].scaling
    )


def sharing_costs(plan: Plan, times: Times, *, threshold: float) -> tuple[SharingCost, ...]:
    """Return T(shared) ÷ T(private) of each pair, variant and number of threads.

    Both times come from the same block, so that drift between blocks cancels; all ratios of one
    pair are one family of comparisons. ``times`` has natural logarithms of seconds, a row per
    block, a column per cell name; ``threshold`` is the smallest relative difference that matters.
    """
    return tuple(
        cost for pair in arms(plan) for cost in _costs(plan, pair, times, threshold=threshold)
    )


def _costs(plan: Plan, pair: Arms, times: Times, *, threshold: float) -> list[SharingCost]:
    differences = {}
    for cell in plan.cells:
        benchmark = cell.benchmark
        if (benchmark.workload, benchmark.mode) == (pair.shared, Mode.THREADS):
            alone = Benchmark(workload=pair.private, mode=Mode.THREADS, threads=benchmark.threads)
            differences[cell] = times.difference(cell, Cell(variant=cell.variant, benchmark=alone))
    verdicts = judged_by_workload(differences, threshold=threshold)
    return [
        SharingCost(
            variant=cell.variant,
            pair=pair.pair,
            private=pair.private,
            shared=pair.shared,
            threads=cell.benchmark.threads,
            cost=ratio(where),
            verdict=verdicts[cell],
        )
        for cell, where in differences.items()
        if where is not None
    ]


def _place(workload: Workload) -> tuple[str, str]:
    """Return pair and arm of a workload, both empty outside pairs."""
    if workload.pair and workload.arm in _ENDINGS:
        return workload.pair, workload.arm
    for arm, ending in _ENDINGS.items():
        if workload.name.endswith(ending) and workload.name != ending:
            return workload.name.removesuffix(ending), arm
    return "", ""
