"""The state of the machine around each timed job, in the order they ran."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from typing import TYPE_CHECKING

from harness.analysis.results.grade import MachineSample
from harness.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.model import Cell, Outcome, Plan

__all__ = ["offsets_s", "others_by_load", "samples"]

_DECAY_S = 60.0
"""Time constant of the kernel's load average of one minute."""
_MIN_S = 30.0
"""Time after the start from which the load average reflects what runs now."""


def offsets_s(outcomes: Sequence[Outcome]) -> tuple[float, ...]:
    """Return when each job began, in seconds since the first, pauses of a resume included.

    The jobs of a group, which start together, are laid one after another, each with its share of
    the time. Others never overlap, and durations come from a monotonic clock: where a job starts
    before the end of the one before it, the wall clock was set back, and the job is taken to have
    started at that end.
    """
    offsets: list[float] = []
    set_back_s = 0.0
    start = end = 0.0
    group = ""
    for outcome in outcomes:
        if outcome.share_s is not None and outcome.started == group:
            offsets.append(end - start)
            end += outcome.share_s
            continue
        group = outcome.started
        at = dt.datetime.fromisoformat(outcome.started).timestamp()
        if not offsets:
            start = end = at
        set_back_s = max(set_back_s, end - at) if at + set_back_s < end else set_back_s
        began_s = at + set_back_s
        offsets.append(began_s - start)
        end = began_s + outcome.wall_s
    return tuple(offsets)


def samples(plan: Plan, outcomes: Iterable[Outcome]) -> tuple[MachineSample, ...]:
    """Return a sample for each timed job that started."""
    all_outcomes = tuple(outcomes)
    names = {cell: cell.name for cell in plan.cells}
    own = {cell: _own_cpus(plan, cell) for cell in plan.cells}
    return tuple(
        MachineSample(
            block=outcome.job.block,
            cell=names.get(outcome.job.cell) or outcome.job.cell.name,
            at_s=at_s,
            duration_s=outcome.wall_s,
            own_cpus=own.get(outcome.job.cell, 1),
            canary_s=outcome.canary_s,
            load_1min=outcome.load_1min,
            others_cpus=outcome.others_cpus,
            stolen=outcome.stolen,
            frequency_hz=outcome.frequency_hz,
            temperature_c=outcome.temperature_c,
        )
        for at_s, outcome in zip(offsets_s(all_outcomes), all_outcomes, strict=True)
        if outcome.job.is_timed and outcome.wall_s > 0
    )


def _own_cpus(plan: Plan, cell: Cell) -> int:
    """Return how many CPUs the work of a cell can keep busy at most."""
    benchmark = cell.benchmark
    if plan.workload(benchmark.workload).kind is Kind.IO:
        return 1
    mode = benchmark.mode.facts
    is_parallel = mode.has_own_gil or not plan.variant(cell.variant).is_gil_expected
    return max(1, benchmark.threads * mode.cpus_per_member) if is_parallel else 1


def others_by_load(seen: tuple[MachineSample, ...]) -> float | None:
    """Return how many CPUs others kept busy, estimated from the load average.

    The average decays, dL/dt = (r − L) ÷ 60 s for r runnable threads. What our own jobs put into
    it follows from when they ran, at most ``own_cpus`` each, and so does what is left of the load
    before the first. The rest, divided by its share of the average by then, is due to others; the
    median over all jobs from half a minute on. ``None`` without such a job.
    """
    if not seen or seen[0].load_1min is None:
        return None
    before, start_s = seen[0].load_1min, seen[0].at_s
    own, at_s = 0.0, start_s
    others = []
    for sample in seen:
        own *= math.exp(-max(0.0, sample.at_s - at_s) / _DECAY_S)
        left = math.exp(-max(0.0, sample.at_s - start_s) / _DECAY_S)
        if sample.load_1min is not None and sample.at_s - start_s >= _MIN_S:
            others.append((sample.load_1min - own - before * left) / (1 - left))
        own = sample.own_cpus + (own - sample.own_cpus) * math.exp(-sample.duration_s / _DECAY_S)
        at_s = sample.at_s + sample.duration_s
    return max(0.0, statistics.median(others)) if others else None
