"""The state after the outcomes so far: calibrations, failures, checksums, jobs done."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.execution.judge import Checksum
from harness.model import Cell, Outcome, Plan, Status
from harness.model.plans import PILOT
from harness.planning.calibration import (
    Calibration,
    Pilot,
    calibrate,
    fixed,
    group_of,
    is_doubtful,
    reference_cells,
    warmup_of,
)
from harness.storage.worker_result import read_run

if TYPE_CHECKING:
    from harness.storage.worker_result import RunData

__all__ = ["FAILURES_ALLOWED", "Ledger", "record", "replay"]

FAILURES_ALLOWED = 2
"""A cell that fails this often is quarantined: it is not tried again, and its reason shown."""
PILOTS_ALLOWED = 2
"""A long warm-up must be seen in two processes before all others are warmed up as long."""
PILOT_SHARE = 0.5
"""Of a time budget; a pilot that has taken more is not repeated."""


@dataclasses.dataclass(kw_only=True)
class Ledger:
    """The scheduler's memory."""

    plan: Plan
    calibrations: dict[Cell, Calibration] = dataclasses.field(default_factory=dict)
    pilots: dict[Cell, list[Pilot]] = dataclasses.field(default_factory=dict)
    """The successful ones, from which the calibrations come."""
    failures: dict[Cell, list[Outcome]] = dataclasses.field(default_factory=dict)
    checksums: dict[str, Checksum] = dataclasses.field(default_factory=dict)
    """By the name of the workload."""
    done: set[tuple[bool, int, Cell]] = dataclasses.field(default_factory=set)
    """Keys of jobs."""
    spent_s: float = 0.0
    """Of a time budget: the workers' time in pilot and blocks."""

    def is_quarantined(self, cell: Cell) -> bool:
        """Return whether the cell has failed too often to be tried again."""
        return len(self.failures.get(cell, ())) >= FAILURES_ALLOWED


def replay(plan: Plan, outcomes: tuple[Outcome, ...]) -> Ledger:
    """Return the ledger after ``outcomes``."""
    ledger = Ledger(plan=plan, calibrations=fixed(plan))
    for outcome in outcomes:
        record(ledger, outcome, read_run(outcome.run) if outcome.status is Status.OK else None)
    return ledger


def record(ledger: Ledger, outcome: Outcome, run: RunData | None) -> None:
    """Add one outcome to the ledger; ``run`` is its own, ``None`` where it failed."""
    job = outcome.job
    if not job.is_memory:
        ledger.spent_s += outcome.wall_s
    if run is not None:
        first = Checksum(value=run.checksum, cell=job.cell.name)
        ledger.checksums.setdefault(job.cell.benchmark.workload, first)
        if job.block == PILOT:
            ledger.pilots.setdefault(job.cell, []).append(Pilot(outcome=outcome, run=run))
            _calibrate(ledger, job.cell)
    elif outcome.status not in (Status.SKIPPED, Status.KNOWN):
        ledger.failures.setdefault(job.cell, []).append(outcome)
    # A pilot is tried again when it failed or is in doubt; every other job is run only once.
    if job.block != PILOT or ledger.is_quarantined(job.cell) or _is_settled(ledger, job.cell):
        ledger.done.add(job.key)


def _calibrate(ledger: Ledger, cell: Cell) -> None:
    """Calibrate a cell whose pilot has ended, and all cells whose reference it is."""
    reference = reference_cells(ledger.plan).get(group_of(cell))
    warmup = warmup_of(
        pilot.run for pilot in (ledger.pilots.get(reference, ()) if reference else ())
    )
    for other, pilots in ledger.pilots.items():
        if other == cell or (cell == reference and group_of(other) == group_of(cell)):
            ledger.calibrations[other] = calibrate(ledger.plan, pilots, warmup)


def _is_pressed(ledger: Ledger) -> bool:
    """Return whether the pilot has used so much of a time budget that the rest is for blocks."""
    budget_s = ledger.plan.time_budget_s
    return budget_s is not None and ledger.spent_s > budget_s * PILOT_SHARE


def _is_settled(ledger: Ledger, cell: Cell) -> bool:
    """Return whether a cell needs no further pilot."""
    pilots = ledger.pilots.get(cell, ())
    if len(pilots) in (0, PILOTS_ALLOWED) or _is_pressed(ledger):
        return bool(pilots)
    return not is_doubtful(ledger.plan, cell, warmup_of(pilot.run for pilot in pilots))
