"""How trustworthy an experiment is: A to D, with every reason."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.experiment.headlines import headlines
from harness.analysis.results.grade import Advice, Code, Grade, Reason, Severity, judged
from harness.analysis.trust.telemetry import others_by_load
from harness.model import Cell, Kind, Mode
from harness.statistics import robust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from harness.analysis.results.experiment import CellResult
    from harness.analysis.results.grade import MachineSample
    from harness.model import Machine, Manifest, Plan

__all__ = ["CEILING_BOUNDS", "grade"]

_CALM = (0.10, 0.30, 0.50)
"""Below these shares of calm turns: D, C and B."""
_WIDE = (0.03, 0.10)
"""Half width of the widest headline interval, as a ratio less 1: above these B and C."""
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
    calm: float | None = None,
) -> Grade:
    """Return the grade of an experiment: its letter is that of the gravest reason.

    ``blocks_due`` are the blocks planned, or those done where a rule ended the experiment.
    ``calm`` is the share of turns that were calm, if cells took turns: calm turns and narrow
    intervals then decide, for what is measured at the same moment shares the machine's bursts.
    """
    machine, plan = manifest.machine, manifest.plan
    reasons = [
        # Causes before effects: the summary names the first of equal gravity.
        *_others(samples, machine),
        *_steal(samples, machine),
        *(_canary(samples, machine) if calm is None else _calm(calm, machine)),
        *(() if calm is None else _wide(plan, machine, cells)),
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


def _measured(
    samples: tuple[MachineSample, ...], of: Callable[[MachineSample], float | None]
) -> tuple[tuple[MachineSample, ...], NDArray[np.float64]] | None:
    """Return the samples that have a number, if most of them do, and the numbers."""
    measured = [(sample, value) for sample in samples if (value := of(sample)) is not None]
    if not measured or 2 * len(measured) < len(samples):
        return None
    having, values = zip(*measured, strict=True)
    return having, np.array(values, dtype=float)


def _calm(share: float, machine: Machine) -> Iterator[Reason]:
    levels = zip(_CALM, (Severity.STOP, Severity.CARE, Severity.SMALL), strict=True)
    for bound, severity in levels:
        if share < bound:
            advice = Advice.OTHER_HOST if machine.virtualization else Advice.CLOSE_PROGRAMS
            yield Reason(code=Code.CALM, severity=severity, value=share, bound=bound, advice=advice)
            return


def _wide(plan: Plan, machine: Machine, cells: tuple[CellResult, ...]) -> tuple[Reason, ...]:
    """Return a reason for the widest interval of what ``--precision`` would look at."""
    results = {Cell(variant=cell.variant, benchmark=cell.benchmark): cell for cell in cells}
    halves = [
        math.sqrt(estimate.high / estimate.low) - 1
        for over, under in headlines(plan, machine.physical_cores)
        if (cell := results.get(over)) is not None
        and (estimate := cell.speedup if over.variant == under.variant else cell.ratio) is not None
        and estimate.low
        and estimate.high is not None
    ]
    widest = max(halves, default=None)
    return judged(Code.WIDE, widest, bounds=_WIDE, advice=Advice.NARROW)


def _canary(samples: tuple[MachineSample, ...], machine: Machine) -> Iterator[Reason]:
    measured = _measured(samples, lambda sample: sample.canary_s)
    if measured is None or len(measured[0]) < robust.MIN_SAMPLES:
        yield Reason(code=Code.CANARY_UNKNOWN, severity=Severity.CARE, advice=Advice.MEASURE_AGAIN)
        return
    logs = np.log(measured[1])
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
    measured = _measured(samples, lambda sample: sample.stolen)
    if measured is None:
        yield _unknown(Code.STEAL_UNKNOWN)
        return
    # Only CPU time that was asked for can be stolen, and nearly all of that is ours.
    count = len(machine.cpus)
    used = np.array([min(count, sample.own_cpus) for sample in measured[0]])
    lost = np.minimum(1.0, measured[1] * count / used)
    mean, worst, advice = float(np.mean(lost)), float(np.quantile(lost, 0.9)), Advice.OTHER_HOST
    both = (
        *judged(Code.STEAL, mean, bounds=_STEAL, advice=advice),
        *judged(Code.STEAL_WORST, worst, bounds=_STEAL_WORST, advice=advice),
    )
    yield from sorted(both, key=lambda reason: -_GRAVITY.index(reason.severity))[:1]


def _others(samples: tuple[MachineSample, ...], machine: Machine) -> Iterator[Reason]:
    """Yield how much other processes took: by their CPU time, else by the load average."""
    count, advice = len(machine.cpus), Advice.CLOSE_PROGRAMS
    measured = _measured(samples, lambda sample: sample.others_cpus)
    if measured is not None:
        cpus, code = float(np.mean(measured[1])), Code.OTHERS
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
    measured = _measured(samples, lambda sample: sample.frequency_hz)
    if measured is None:
        yield _unknown(Code.FREQUENCY_UNKNOWN)
        return
    # More threads mean a lower clock by design: only differences within a cell count.
    places: dict[str, list[int]] = {}
    for place, sample in enumerate(measured[0]):
        places.setdefault(sample.cell, []).append(place)
    logs = np.log(measured[1])
    for group in places.values():
        logs[group] -= np.median(logs[group])
    is_dynamic = machine.governor not in {"", "performance"}
    advice = Advice.SET_GOVERNOR if is_dynamic else Advice.STEADY_CLOCK
    yield from judged(Code.FREQUENCY, robust.spread(logs), bounds=_FREQUENCY, advice=advice)


def _temperature(samples: tuple[MachineSample, ...]) -> Iterator[Reason]:
    measured = _measured(samples, lambda sample: sample.temperature_c)
    if measured is not None:
        hottest = float(np.max(measured[1]))
        yield from judged(Code.TEMPERATURE, hottest, bounds=_TEMPERATURE_C, advice=Advice.COOL)


def _ceiling(plan: Plan, machine: Machine, cells: tuple[CellResult, ...]) -> Iterator[Reason]:
    """Yield a reason when processes do not scale with the cores, or were not measured.

    The best workload counts: another may not scale by its own nature, such as one that
    saturates the memory bus.
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
        small, advice = Severity.SMALL, Advice.RESUME
        yield Reason(code=Code.PARTIAL, severity=small, value=done, bound=due, advice=advice)
    # A block counts as done even where all its jobs failed, but no estimate rests on it.
    used = min(done, max((cell.time_s.n for cell in cells), default=0))
    if used < _MANY_BLOCKS:
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
            code, severity, advice = Code.DEBUG, Severity.STOP, Advice.RELEASE_BUILD
        elif build.implementation == "cpython" and build.has_own_config and not build.has_pgo:
            code, severity, advice = Code.NO_PGO, Severity.INFO, Advice.OPTIMISED_BUILD
        else:
            continue
        yield Reason(code=code, severity=severity, subject=variant.label, advice=advice)


def _machine(machine: Machine) -> Iterator[Reason]:
    """Yield the findings of the audit before the first job."""
    small, info = Severity.SMALL, Severity.INFO
    governor, host = machine.governor, machine.virtualization
    if governor not in {"", "performance"}:
        advice = Advice.SET_GOVERNOR
        yield Reason(code=Code.GOVERNOR, severity=small, subject=governor, advice=advice)
    quota = machine.quota
    if quota is not None and quota < len(machine.cpus):
        code, severity = (Code.QUOTA_FRACTION, Severity.CARE) if quota % 1 else (Code.QUOTA, small)
        yield Reason(code=code, severity=severity, value=quota, advice=Advice.WHOLE_CPUS)
    if host:
        yield Reason(code=Code.VIRTUAL, severity=small, subject=host, advice=Advice.BARE_METAL)
    if len({cpu.core for cpu in machine.cpus}) < len(machine.cpus):
        yield Reason(code=Code.SMT, severity=info, advice=Advice.STAY_WITHIN_CORES)
    if {cpu.kind for cpu in machine.cpus} == {"P", "E"}:
        yield Reason(code=Code.HYBRID, severity=info, advice=Advice.STAY_WITHIN_CORES)


def _unknown(code: Code, *, advice: Advice = Advice.NOTHING) -> Reason:
    """Return the reason for something unknown, which is not as good as being fine."""
    return Reason(code=code, severity=Severity.SMALL, advice=advice)
