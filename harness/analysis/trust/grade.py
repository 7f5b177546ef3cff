"""How far an experiment is to be trusted: A to D, with every reason."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.results.grade import Advice, Code, Grade, Reason, Severity, judged
from harness.analysis.trust.telemetry import others_by_load
from harness.model import Kind, Mode
from harness.statistics import robust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from harness.analysis.results.experiment import CellResult
    from harness.analysis.results.grade import MachineSample
    from harness.model import Machine, Manifest, Plan

__all__ = ["CEILING_BOUNDS", "grade"]

_SPREAD = (0.02, 0.05, 0.15)
_DRIFT = (0.03, 0.10, 0.30)
_STEP = (0.05, 0.15, 0.50)
_STEAL = (0.005, 0.02, 0.10)
_STEAL_WORST = (0.02, 0.10, 0.30)
_OTHERS = (0.02, 0.10, 0.50)
_LOAD = (0.10, 0.25)
_FREQUENCY = (0.03, 0.10)
_TEMPERATURE_C = (85.0, 95.0)
CEILING_BOUNDS = (0.85, 0.60)
"""Of the ideal: below the first the interval means C, below the second D."""
_MANY_BLOCKS, _FEW_BLOCKS, _INTERVAL_BLOCKS = 6, 3, 2
_LETTERS = {Severity.INFO: "A", Severity.SMALL: "B", Severity.CARE: "C", Severity.STOP: "D"}
_GRAVITY = tuple(_LETTERS)


def grade(
    manifest: Manifest,
    *,
    samples: tuple[MachineSample, ...],
    cells: tuple[CellResult, ...],
    blocks_done: int,
    blocks_due: int,
) -> Grade:
    """Return the grade of an experiment: its letter is that of the gravest reason.

    ``blocks_due`` are the blocks planned, or those done where a rule ended the experiment.
    """
    machine, plan = manifest.machine, manifest.plan
    reasons = [
        # Causes before their effects: of equal gravity, the summary names the first.
        *_others(samples, machine),
        *_steal(samples, machine),
        *_canary(samples, machine),
        *_frequency(samples, machine),
        *_temperature(samples),
        *(() if manifest.is_aa else _ceiling(plan, machine, cells)),
        *_blocks(blocks_done, blocks_due, cells),
        *_builds(plan),
        *_machine(machine),
    ]
    reasons.sort(key=lambda reason: -_GRAVITY.index(reason.severity))
    gravest = reasons[0].severity if reasons else Severity.INFO
    return Grade(letter=_LETTERS[gravest], reasons=tuple(reasons))


def _known(
    samples: tuple[MachineSample, ...], of: Callable[[MachineSample], float | None]
) -> tuple[tuple[MachineSample, ...], NDArray[np.float64]] | None:
    """Return the samples that have a number, if most of them do, and the numbers."""
    known = [(sample, value) for sample in samples if (value := of(sample)) is not None]
    if not known or 2 * len(known) < len(samples):
        return None
    having, values = zip(*known, strict=True)
    return having, np.array(values, dtype=float)


def _canary(samples: tuple[MachineSample, ...], machine: Machine) -> Iterator[Reason]:
    known = _known(samples, lambda sample: sample.canary_s)
    if known is None or len(known[0]) < robust.MIN_SAMPLES:
        # Without it, nobody knows how steady the machine was.
        yield Reason(code=Code.CANARY_UNKNOWN, severity=Severity.CARE, advice=Advice.MEASURE_AGAIN)
        return
    logs = np.log(known[1])
    advice = Advice.OTHER_HOST if machine.virtualization else Advice.STEADY_CLOCK
    yield from judged(Code.CANARY_SPREAD, robust.spread(logs), bounds=_SPREAD, advice=advice)
    for code, change, bounds in (
        (Code.CANARY_DRIFT, robust.drift(logs), _DRIFT),
        (Code.CANARY_STEP, robust.largest_step(logs), _STEP),
    ):
        # Slower or faster, by the same factor, is as bad.
        size = None if change is None else math.expm1(abs(change))
        for reason in judged(code, size, bounds=bounds, advice=advice):
            signed = math.expm1(change or 0.0)
            yield Reason(
                code=code, severity=reason.severity, value=signed, bound=reason.bound, advice=advice
            )


def _steal(samples: tuple[MachineSample, ...], machine: Machine) -> Iterator[Reason]:
    known = _known(samples, lambda sample: sample.stolen)
    if known is None:
        yield _unknown(Code.STEAL_UNKNOWN)
        return
    # Stolen is only what somebody wanted, and nearly all of that is ours.
    count = len(machine.cpus)
    wanted = np.array([min(count, sample.own_cpus) for sample in known[0]])
    lost = np.minimum(1.0, known[1] * count / wanted)
    typical = judged(Code.STEAL, float(np.mean(lost)), bounds=_STEAL, advice=Advice.OTHER_HOST)
    worst = judged(
        Code.STEAL_WORST,
        float(np.quantile(lost, 0.9)),
        bounds=_STEAL_WORST,
        advice=Advice.OTHER_HOST,
    )
    both = (*typical, *worst)
    yield from sorted(both, key=lambda reason: -_GRAVITY.index(reason.severity))[:1]


def _others(samples: tuple[MachineSample, ...], machine: Machine) -> Iterator[Reason]:
    """Yield what others took: by their CPU time, else by the load average."""
    count, advice = len(machine.cpus), Advice.CLOSE_PROGRAMS
    known = _known(samples, lambda sample: sample.others_cpus)
    if known is not None:
        cpus, code = float(np.mean(known[1])), Code.OTHERS
        shares: tuple[float, ...] = _OTHERS
    else:
        load = others_by_load(samples)
        if load is None:
            yield _unknown(Code.OTHERS_UNKNOWN)
            return
        cpus, code, shares = load, Code.LOAD, _LOAD
    bounds = tuple(share * count for share in shares)
    yield from judged(code, cpus, bounds=bounds, advice=advice)


def _frequency(samples: tuple[MachineSample, ...], machine: Machine) -> Iterator[Reason]:
    known = _known(samples, lambda sample: sample.frequency_hz)
    if known is None:
        yield _unknown(Code.FREQUENCY_UNKNOWN)
        return
    # More threads mean a lower clock by design: only differences within a cell count.
    places: dict[str, list[int]] = {}
    for place, sample in enumerate(known[0]):
        places.setdefault(sample.cell, []).append(place)
    logs = np.log(known[1])
    for group in places.values():
        logs[group] -= np.median(logs[group])
    is_dynamic = machine.governor not in {"", "performance"}
    advice = Advice.SET_GOVERNOR if is_dynamic else Advice.STEADY_CLOCK
    wide = robust.spread(logs)
    yield from judged(Code.FREQUENCY, wide, bounds=_FREQUENCY, advice=advice)


def _temperature(samples: tuple[MachineSample, ...]) -> Iterator[Reason]:
    known = _known(samples, lambda sample: sample.temperature_c)
    if known is not None:
        hottest = float(np.max(known[1]))
        yield from judged(Code.TEMPERATURE, hottest, bounds=_TEMPERATURE_C, advice=Advice.COOL)


def _ceiling(plan: Plan, machine: Machine, cells: tuple[CellResult, ...]) -> Iterator[Reason]:
    """Yield a reason when processes do not scale with the cores, or were not measured.

    The best of the workloads counts: one may be slow in processes by its own nature, as one
    that fills the memory bus is.
    """
    cores = machine.physical_cores
    computing = {workload.name for workload in plan.workloads if workload.kind is not Kind.IO}
    wide = [
        cell for cell in cells if cell.benchmark.workload in computing and 1 < cell.threads <= cores
    ]
    ceilings = [
        cell.efficiency
        for cell in wide
        if cell.mode is Mode.PROCESSES and cell.efficiency is not None
    ]
    if not ceilings:
        if any(cell.mode is Mode.THREADS for cell in wide):
            yield _unknown(Code.CEILING_UNKNOWN, advice=Advice.MEASURE_CEILING)
        return
    best = max(ceilings, key=lambda estimate: estimate.point)
    low, very_low = CEILING_BOUNDS
    if best.high is None or best.high >= low:
        return
    is_very_low = best.high < very_low
    yield Reason(
        code=Code.CEILING,
        severity=Severity.STOP if is_very_low else Severity.CARE,
        value=best.point,
        bound=very_low if is_very_low else low,
        advice=Advice.OTHER_HOST if machine.virtualization else Advice.CLOSE_PROGRAMS,
    )


def _blocks(done: int, due: int, cells: tuple[CellResult, ...]) -> Iterator[Reason]:
    if done < due:
        yield Reason(
            code=Code.PARTIAL,
            severity=Severity.SMALL,
            value=done,
            bound=due,
            advice=Advice.RESUME,
        )
    # A block counts as done even where every job in it failed: no number rests on that one.
    used = min(done, max((cell.time_s.n for cell in cells), default=0))
    if used < _MANY_BLOCKS:
        # One block gives no interval at all.
        few = Severity.CARE if used < _FEW_BLOCKS else Severity.SMALL
        yield Reason(
            code=Code.FEW_BLOCKS,
            severity=Severity.STOP if used < _INTERVAL_BLOCKS else few,
            value=used,
            bound=_MANY_BLOCKS,
            advice=Advice.MORE_BLOCKS,
        )


def _builds(plan: Plan) -> Iterator[Reason]:
    for variant in plan.variants:
        build = variant.build
        if build.is_debug:
            yield Reason(
                code=Code.DEBUG,
                severity=Severity.STOP,
                subject=variant.label,
                advice=Advice.RELEASE_BUILD,
            )
        elif build.implementation == "cpython" and build.has_own_config and not build.has_pgo:
            yield Reason(
                code=Code.NO_PGO,
                severity=Severity.INFO,
                subject=variant.label,
                advice=Advice.OPTIMISED_BUILD,
            )


def _machine(machine: Machine) -> Iterator[Reason]:
    """Yield what the audit before the first job found."""
    small, info = Severity.SMALL, Severity.INFO
    if machine.governor not in {"", "performance"}:
        yield Reason(
            code=Code.GOVERNOR,
            severity=small,
            subject=machine.governor,
            advice=Advice.SET_GOVERNOR,
        )
    quota = machine.quota
    if quota is not None and quota < len(machine.cpus):
        code, severity = (Code.QUOTA_FRACTION, Severity.CARE) if quota % 1 else (Code.QUOTA, small)
        yield Reason(code=code, severity=severity, value=quota, advice=Advice.WHOLE_CPUS)
    if machine.virtualization:
        yield Reason(
            code=Code.VIRTUAL,
            severity=small,
            subject=machine.virtualization,
            advice=Advice.BARE_METAL,
        )
    if len({cpu.core for cpu in machine.cpus}) < len(machine.cpus):
        yield Reason(code=Code.SMT, severity=info, advice=Advice.STAY_WITHIN_CORES)
    if {cpu.kind for cpu in machine.cpus} == {"P", "E"}:
        yield Reason(code=Code.HYBRID, severity=info, advice=Advice.STAY_WITHIN_CORES)


def _unknown(code: Code, *, advice: Advice = Advice.NOTHING) -> Reason:
    """Return the reason for something unknown, which is not the same as good."""
    return Reason(code=code, severity=Severity.SMALL, advice=advice)
