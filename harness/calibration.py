"""Pilot outcomes → loops, warm-ups and expected duration of every cell, frozen.

Place in the flow: the pilot's journal lines → **calibration** → launches of all blocks.
A calibration is derived from the journal, so a resumed experiment finds the same one.
Loops are calibrated per cell, not per workload: with one count for all thread counts a
value at N threads would last 1/N of the minimum on a build that scales.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.model import Kind
from harness.pyperf_run import read_run

if TYPE_CHECKING:
    from harness.model import Cell, Outcome, Plan

__all__ = [
    "SPARE",
    "STARTUP_S",
    "Calibration",
    "calibrate",
    "fixed",
    "for_memory",
    "values_of",
    "warmup_floor_s",
]

SPARE = 1.5
"""A whole pilot may fall into a slow spell: on a shared host some took 1.5 times as long."""
STARTUP_S = 0.2
"""Typical time from launching a worker to its work, and from its last value to its end."""
USUAL_BLOCKS = 10
"""With a rule to stop by, fewer blocks may be measured than are planned."""
WARMUP_FLOOR_S = 0.1
JIT_WARMUP_FLOOR_S = 1.0
TIMEOUT_FACTOR = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """How one cell is measured in every block."""

    loops: int
    warmups: int
    values: int
    expected_s: float
    """Expected wall time of one worker process, seconds."""
    timeout_s: float


def fixed(plan: Plan) -> dict[Cell, Calibration]:
    """Return the calibrations of all cells that need no pilot.

    A wait of fixed length needs no warm-up and no second value: it repeats itself. Loops are
    as many as give all blocks together the units that the workload wants.
    """
    waits = {one.name: one for one in plan.workloads if one.value_s is not None}
    found = {}
    for cell in plan.cells:
        if cell.benchmark.workload in waits:
            workload = waits[cell.benchmark.workload]
            blocks = min(plan.preset.blocks, USUAL_BLOCKS)
            loops = math.ceil(workload.least_units / (workload.units * blocks))
            expected_s = STARTUP_S + loops * (workload.value_s or 0.0)
            found[cell] = Calibration(
                loops=loops,
                warmups=0,
                values=1,
                expected_s=expected_s,
                timeout_s=max(plan.preset.timeout_s, TIMEOUT_FACTOR * expected_s),
            )
    return found


def warmup_floor_s(plan: Plan, cell: Cell) -> float:
    """Return how long a cell is warmed up at least, seconds.

    A JIT needs longer, unless the time is spent in the operating system anyway.
    """
    is_io = plan.workload(cell.benchmark.workload).kind is Kind.IO
    is_jit_on = plan.variant(cell.variant).is_jit_on
    return JIT_WARMUP_FLOOR_S if is_jit_on and not is_io else WARMUP_FLOOR_S


def calibrate(plan: Plan, outcome: Outcome) -> Calibration:
    """Return the calibration of the cell whose successful pilot is ``outcome``.

    The pilot doubled its loops until a value reached the minimum. Its fastest call counts,
    with something to spare: whatever slowed it down may not be there later, and a value
    must still last its minimum then. Raises ``pyperf_run.RunFormatError``.
    """
    cell = outcome.job.cell
    preset = plan.preset
    run = read_run(outcome.run)
    loop_s = min(per_loop_s for _, per_loop_s in run.warmups)
    startup_s = max(0.0, outcome.duration_s - sum(sample.wall_s for sample in run.samples))
    loops = max(1, math.ceil(round(SPARE * preset.min_value_s / loop_s, 6)))
    value_s = loops * loop_s
    warmups = max(1, math.ceil(warmup_floor_s(plan, cell) / value_s))
    values = values_of(plan, cell, value_s)
    expected_s = startup_s + (warmups + values) * value_s
    return Calibration(
        loops=loops,
        warmups=warmups,
        values=values,
        expected_s=expected_s,
        timeout_s=max(preset.timeout_s, TIMEOUT_FACTOR * max(outcome.duration_s, expected_s)),
    )


def values_of(plan: Plan, cell: Cell, value_s: float) -> int:
    """Return how many values a process gives: as many as fit the time of short ones.

    What waits gives one, as where its length is known: more blocks say more of it.
    """
    if plan.workload(cell.benchmark.workload).kind is Kind.IO:
        return 1
    preset = plan.preset
    fitting = math.ceil(round(preset.values * SPARE * preset.min_value_s / value_s, 6))
    return max(1, min(preset.values, fitting))


def for_memory(calibration: Calibration) -> Calibration:
    """Return how a cell is run for its memory: one value, as long as those that are timed."""
    return dataclasses.replace(calibration, warmups=0, values=1)
