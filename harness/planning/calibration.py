"""Pilot outcomes → loops, warm-ups and expected duration of every cell, frozen."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.model import Kind, Mode
from harness.planning.warmup import Shape, Warmup, agreed, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.model import Cell, Outcome, Plan, Preset
    from harness.storage.worker_result import RunData

    Group = tuple[str, str, Mode]
    """Label of a variant, name of a workload, and a mode."""

__all__ = [
    "BETWEEN_S",
    "LEAD_S",
    "MIN_ROUNDS",
    "STARTUP_S",
    "USUAL_BLOCKS",
    "Calibration",
    "Pilot",
    "calibrate",
    "fixed",
    "group_of",
    "is_doubtful",
    "longest_warmup_s",
    "reference_cells",
    "rounds_of",
    "series_s",
    "values_of",
    "warmup_floor_s",
    "warmup_of",
]

MIN_ROUNDS = 5
"""Fewer have no median that withstands bursts; a workload that waits has one."""
LEAD_S = 0.005
"""Least duration of the untimed work before a value. Data of other cells is in the caches by then:
without it values of ``json_roundtrip`` are 4 % longer on 3.14t than after values of their own."""
BETWEEN_S = 0.0015
"""Typical time between two values: the canaries, and passing on the token."""
STARTUP_S = 0.2
"""Typical time from launching a worker to its work, and from its last value to its end."""
USUAL_BLOCKS = 5
"""Fewer blocks may be measured than are planned, but as a rule not fewer than this."""
WARMUP_FLOOR_S = 0.1
JIT_WARMUP_FLOOR_S = 1.0
TIMEOUT_FACTOR = 10
SERIES_S = 0.5
JIT_SERIES_S = 2.5
MAX_WARMUP_S = 3.0
"""No process is warmed up longer, even if a series suggests it: every process pays for it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """How one cell is measured in every block."""

    loops: int
    warmups: int
    values: int
    """Rounds, for a worker that takes turns."""
    expected_s: float
    """Expected wall time of one worker process, or its part of its group's, seconds."""
    timeout_s: float
    lead: int = 0
    """Untimed loops right before each value."""
    value_s: float = 0.0
    """Expected duration of a value, seconds."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pilot:
    """A successful pilot of one cell."""

    outcome: Outcome
    run: RunData


def fixed(plan: Plan) -> dict[Cell, Calibration]:
    """Return the calibrations of all cells that need no pilot.

    A wait of fixed length needs no warm-up and no second value: it repeats itself. The loops of
    all blocks together have the units that the workload requires.
    """
    waits = {workload.name: workload for workload in plan.workloads if workload.value_s is not None}
    calibrations = {}
    for cell in plan.cells:
        if cell.benchmark.workload in waits:
            workload = waits[cell.benchmark.workload]
            blocks = min(plan.preset.blocks, USUAL_BLOCKS)
            least = workload.least_units * plan.preset.units_share
            loops = math.ceil(least / (workload.units * blocks))
            value_s = loops * (workload.value_s or 0.0)
            calibrations[cell] = Calibration(
                loops=loops,
                warmups=0,
                values=1,
                expected_s=STARTUP_S / max(1, plan.cpus) + BETWEEN_S + value_s,
                timeout_s=max(plan.preset.timeout_s, TIMEOUT_FACTOR * (STARTUP_S + value_s)),
                value_s=value_s,
            )
    return calibrations


def warmup_floor_s(plan: Plan, cell: Cell) -> float:
    """Return the minimum warm-up of a cell, seconds.

    A JIT needs longer, unless the time is spent in the operating system anyway.
    """
    is_io = plan.workload(cell.benchmark.workload).kind is Kind.IO
    is_jit_on = plan.is_jit_on(cell.variant)
    return JIT_WARMUP_FLOOR_S if is_jit_on and not is_io else WARMUP_FLOOR_S


def group_of(cell: Cell) -> Group:
    """Return the group of cells that warm up alike: the same code in the same interpreter.

    Modes that run it in the worker's own process and interpreter count as one.
    """
    mode = cell.benchmark.mode
    return cell.variant, cell.benchmark.workload, mode if mode.facts.has_own_gil else Mode.THREADS


def reference_cells(plan: Plan) -> dict[Group, Cell]:
    """Return the cell of each group whose pilot continues to show its warm-up.

    The one with the fewest threads: there the host disturbs least. Workloads that wait or last a
    fixed time have none.
    """
    computing = {
        workload.name
        for workload in plan.workloads
        if workload.kind is not Kind.IO and workload.value_s is None and not workload.is_paced
    }
    cells = sorted(plan.cells, key=lambda cell: cell.benchmark.threads, reverse=True)
    return {group_of(cell): cell for cell in cells if cell.benchmark.workload in computing}


def series_s(plan: Plan, cell: Cell) -> float:
    """Return how long the pilot of a cell continues to show its warm-up: 0 for most."""
    if plan.has_short_pilot or reference_cells(plan).get(group_of(cell)) != cell:
        return 0.0
    return JIT_SERIES_S if plan.is_jit_on(cell.variant) else SERIES_S


def is_doubtful(plan: Plan, cell: Cell, warmup: Warmup) -> bool:
    """Return whether the warm-up of a cell must be seen in a second process.

    It would make every process longer, or means that the times cannot be trusted. A slow spell of
    the host looks the same, but not twice.
    """
    is_odd = warmup.shape in (Shape.SLOWDOWN, Shape.UNSTEADY)
    return is_odd or warmup.reached_s > warmup_floor_s(plan, cell)


def warmup_of(pilots: Iterable[RunData]) -> Warmup:
    """Return the warm-up of a cell by its successful pilots; unknown without any."""
    return agreed(map(find, pilots))


def longest_warmup_s(warmup: Warmup) -> float:
    """Return the duration of a warm-up, limited to the maximum."""
    return min(warmup.reached_s, MAX_WARMUP_S)


def calibrate(plan: Plan, pilots: Sequence[Pilot], warmup: Warmup) -> Calibration:
    """Return the calibration of the cell with these successful pilots, usually one.

    ``warmup`` is that of its group. A pilot doubled its loops until a value reached the minimum.
    The fastest call counts: a value must still last its minimum when nothing slows it down.
    """
    last, preset = pilots[-1].outcome, plan.preset
    cell = last.job.cell
    runs = [pilot.run for pilot in pilots]
    loop_s = min(per_loop_s for run in runs for _, per_loop_s in (*run.warmups, *run.series))
    busy_s = sum(loops * per_loop_s for loops, per_loop_s in (*runs[-1].warmups, *runs[-1].series))
    startup_s = max(0.0, last.duration_s - busy_s)
    min_s = plan.workload(cell.benchmark.workload).min_value_s or 0.0
    loops = max(1, math.ceil(round(max(preset.min_value_s, min_s) / loop_s, 6)))
    value_s = loops * loop_s
    warmup_s = max(warmup_floor_s(plan, cell), longest_warmup_s(warmup))
    warmups = max(1, math.ceil(round(warmup_s / value_s, 6)))
    values = values_of(plan, cell, value_s)
    lead = _lead(plan, loop_s) if values > 1 else 0
    start_s = startup_s + warmups * value_s
    turns_s = values * (lead * loop_s + value_s + BETWEEN_S)
    return Calibration(
        loops=loops,
        warmups=warmups,
        values=values,
        expected_s=start_s / max(1, plan.cpus) + turns_s,
        timeout_s=max(preset.timeout_s, TIMEOUT_FACTOR * max(last.duration_s, start_s)),
        lead=lead,
        value_s=value_s,
    )


def _lead(plan: Plan, loop_s: float) -> int:
    """Return the untimed loops before each value: none where one is as long as the value."""
    is_long = loop_s > plan.preset.min_value_s / 2
    return 0 if is_long else math.ceil(round(LEAD_S / loop_s, 6))


def values_of(plan: Plan, cell: Cell, value_s: float) -> int:
    """Return the number of values of a process: as many as fit the time of short ones.

    A workload that waits, or goes on for a fixed time, gives one: more blocks tell more about it.
    """
    workload = plan.workload(cell.benchmark.workload)
    if workload.kind is Kind.IO or workload.is_paced:
        return 1
    preset = plan.preset
    fitting = math.ceil(round(preset.values * preset.min_value_s / value_s, 6))
    return max(min(MIN_ROUNDS, preset.values), min(preset.values, fitting))


def rounds_of(preset: Preset, calibrations: Sequence[Calibration]) -> int:
    """Return how many rounds a group of cells with these calibrations has, 0 without any.

    As many as fit the time that all cells together are given: a few with long values do not make
    the others have few.
    """
    values = [calibration.values for calibration in calibrations]
    if max(values, default=0) <= 1:
        return len(values[:1])
    given_s = len(values) * preset.values * preset.min_value_s
    fitting = round(given_s / sum(calibration.value_s for calibration in calibrations))
    return max(min(MIN_ROUNDS, preset.values), min(preset.values, fitting))
