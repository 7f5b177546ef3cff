"""What the outcomes so far say: calibrations, failures, checksums, jobs done."""

from __future__ import annotations

import dataclasses
import signal
from typing import TYPE_CHECKING

from harness.model import Cell, Outcome, Plan, Status
from harness.model.plans import PILOT
from harness.planning.calibration import (
    Calibration,
    calibrate,
    fixed,
    group_of,
    is_doubtful,
    reference_cells,
    warmup_of,
)
from harness.storage.worker_result import RunFormatError, read_run

if TYPE_CHECKING:
    from harness.execution.launcher import Finished
    from harness.model import Job

__all__ = ["FAILURES_ALLOWED", "PILOTS_ALLOWED", "Ledger", "judge", "record", "replay"]

MAX_REASON_LENGTH = 500
FAILURES_ALLOWED = 2
"""A cell that fails this often is quarantined: not tried again, shown with its reason."""
PILOTS_ALLOWED = 2
"""A long warm-up must be seen in two processes before all others are warmed up as long."""


@dataclasses.dataclass(kw_only=True)
class Ledger:
    """The scheduler's memory."""

    plan: Plan
    calibrations: dict[Cell, Calibration] = dataclasses.field(default_factory=dict)
    pilots: dict[Cell, list[Outcome]] = dataclasses.field(default_factory=dict)
    """The successful ones, from which the calibrations come."""
    failures: dict[Cell, list[Outcome]] = dataclasses.field(default_factory=dict)
    checksums: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    """For each workload its checksum and the name of the cell that returned it first."""
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
        record(ledger, outcome)
    return ledger


def record(ledger: Ledger, outcome: Outcome) -> None:
    """Take one outcome into the ledger."""
    job = outcome.job
    if not job.is_memory:
        ledger.spent_s += outcome.duration_s
    if outcome.status is Status.OK:
        run = read_run(outcome.run)
        first = (run.checksum, job.cell.name)
        ledger.checksums.setdefault(job.cell.benchmark.workload, first)
        if job.block == PILOT:
            ledger.pilots.setdefault(job.cell, []).append(outcome)
            _calibrate(ledger, job.cell)
    elif outcome.status is not Status.SKIPPED:
        ledger.failures.setdefault(job.cell, []).append(outcome)
    # A pilot is tried again when it failed or is in doubt; every other job is done once,
    # whatever came of it.
    if job.block != PILOT or ledger.is_quarantined(job.cell) or _is_settled(ledger, job.cell):
        ledger.done.add(job.key)


def _calibrate(ledger: Ledger, cell: Cell) -> None:
    """Calibrate a cell whose pilot has ended, and all cells that it is the reference of."""
    reference = reference_cells(ledger.plan).get(group_of(cell))
    found = warmup_of(ledger.pilots.get(reference, ()) if reference else ())
    for other, pilots in ledger.pilots.items():
        if other == cell or (cell == reference and group_of(other) == group_of(cell)):
            ledger.calibrations[other] = calibrate(ledger.plan, pilots, found)


def _is_settled(ledger: Ledger, cell: Cell) -> bool:
    """Return whether the pilots of a cell say what they can."""
    pilots = ledger.pilots.get(cell, ())
    if len(pilots) in (0, PILOTS_ALLOWED):
        return bool(pilots)
    return not is_doubtful(ledger.plan, cell, warmup_of(pilots))


def judge(ledger: Ledger, job: Job, finished: Finished) -> tuple[Status, str]:
    """Return the status of a finished worker, and the reason when it is not ``OK``."""
    if finished.is_timed_out:
        return Status.TIMED_OUT, (
            f"killed after {finished.duration_s:.0f} s: it hung, or needs a longer --timeout"
        )
    reason = how_it_ended(finished) or _what_is_wrong(ledger, job, finished.result)
    return (Status.FAILED, reason) if reason else (Status.OK, "")


def _what_is_wrong(ledger: Ledger, job: Job, result: bytes | None) -> str:
    if result is None:
        return (
            "the worker ended normally but wrote no result: what it measured ended the process "
            "(os._exit), or removed its files"
        )
    try:
        run = read_run(result)
    except RunFormatError as error:
        return f"the worker wrote rubbish: {error}"
    variant = ledger.plan.variant(job.cell.variant)
    workload = job.cell.benchmark.workload
    expected, source = ledger.checksums.get(workload, (run.checksum, ""))
    complaints = (
        (run.name != job.cell.benchmark.name, f"the worker measured {run.name!r} instead"),
        (
            run.is_gil_enabled != variant.is_gil_expected,
            "the worker's GIL is not in the state that this variant promises",
        ),
        (not (run.warmups if job.block == PILOT else run.values), "the worker measured nothing"),
        (
            run.checksum != expected,
            f"wrong result: checksum {run.checksum}, but {source} has {expected}",
        ),
    )
    return next((complaint for is_wrong, complaint in complaints if is_wrong), "")


def how_it_ended(finished: Finished) -> str:
    """Return what is wrong with a worker's end, or nothing when its exit status is 0."""
    if finished.exit_code == 0:
        return ""
    lines = [line.strip() for line in finished.stderr_tail.splitlines() if line.strip()]
    said = lines[-1][:MAX_REASON_LENGTH] if lines else "it said nothing"
    if finished.exit_code is not None and finished.exit_code < 0:
        try:
            name = signal.Signals(-finished.exit_code).name
        except ValueError:
            name = f"signal {-finished.exit_code}"
        return f"ended by {name}: {said}"
    if finished.exit_code is None:
        return said
    return f"exit status {finished.exit_code}: {said}"
