"""Walk the pilot and the blocks, one worker at a time, and pass on every outcome."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING

import msgspec

from harness.execution.judge import Judgement, judge
from harness.execution.ledger import FAILURES_ALLOWED, Ledger, record, replay
from harness.execution.telemetry import observed
from harness.execution.worker_command import launch_of, pilot_calibration
from harness.machine import surroundings
from harness.model import Outcome, Status
from harness.model.plans import PILOT
from harness.planning.plan import PILOT_JOB_S, all_blocks, pilot_jobs, pilot_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.execution.launcher import Finished, Launcher
    from harness.execution.worker_command import Site
    from harness.machine import Surroundings
    from harness.model import Job, Machine, Plan
    from harness.planning.calibration import Calibration
    from harness.storage.worker_result import RunData

__all__ = ["Step", "outcome_of", "walk"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """The progress of the walk, before each job (no outcome) and after it."""

    job: Job
    blocks: int
    may_end_early: bool
    """Whether a rule may end the experiment before its last block."""
    jobs_in_block: int
    elapsed_s: float
    remaining_s: float
    """Expected time to the end of the plan, seconds."""
    outcome: Outcome | None
    run: RunData | None = None
    """The result of the outcome's worker; ``None`` if it failed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Means:
    """The means of every job."""

    machine: Machine
    site: Site
    launcher: Launcher
    around: Surroundings


def walk(  # noqa: PLR0913 - its means and its listeners, each by name
    plan: Plan,
    *,
    machine: Machine,
    site: Site,
    launcher: Launcher,
    done: tuple[Outcome, ...],
    save: Callable[[Outcome], None],
    tell: Callable[[Step], None],
    is_stopped: Callable[[], bool],
    is_enough: Callable[[int], bool] = lambda block: False,  # noqa: ARG005
    around: Surroundings | None = None,
) -> bool:
    """Run every job that is not in ``done``; return whether the plan was finished.

    ``save`` gets each outcome as soon as there is one. ``is_stopped`` is called before each job,
    ``is_enough`` before each timed block, with its number: once it returns true no timed block is
    started, but the memory pass still is. ``around`` observes the machine during each job; by
    default it is this machine.
    """
    ledger = replay(plan, done)
    around = around or surroundings(cpu.id for cpu in machine.cpus)
    means = _Means(machine=machine, site=site, launcher=launcher, around=around)
    started = time.monotonic()
    for jobs in all_blocks(plan):
        if jobs and jobs[0].is_timed and is_enough(jobs[0].block):
            continue
        for job in jobs:
            while job.key not in ledger.done:
                if is_stopped():
                    return False
                step = _step(ledger, job, started, is_done=False)
                tell(step)
                outcome, run = _do(job, ledger=ledger, means=means)
                save(outcome)
                record(ledger, outcome, run)
                step = _step(ledger, job, started, is_done=True)
                tell(dataclasses.replace(step, outcome=outcome, run=run))
    return True


def _step(ledger: Ledger, job: Job, started: float, *, is_done: bool) -> Step:
    plan = ledger.plan
    remaining_s = _remaining_s(ledger, job, is_done=is_done)
    # The budget is for pilot and blocks; the memory pass comes on top.
    if plan.time_budget_s is not None and not job.is_memory:
        remaining_s = min(remaining_s, max(0.0, plan.time_budget_s - ledger.spent_s))
    return Step(
        job=job,
        blocks=plan.memory_blocks if job.is_memory else plan.preset.blocks,
        may_end_early=job.is_timed and plan.has_stopping_rule,
        jobs_in_block=len(pilot_jobs(plan) if job.block == PILOT else plan.cells),
        elapsed_s=time.monotonic() - started,
        remaining_s=remaining_s,
        outcome=None,
    )


def _do(job: Job, *, ledger: Ledger, means: _Means) -> tuple[Outcome, RunData | None]:
    started = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    if ledger.is_quarantined(job.cell):
        last = ledger.failures[job.cell][-1]
        skipped = Outcome(
            job=job,
            status=Status.SKIPPED,
            started=started,
            duration_s=0.0,
            reason=f"not tried again after {FAILURES_ALLOWED} failures: {last.reason}",
        )
        return skipped, None
    is_pilot = job.block == PILOT
    calibration = pilot_calibration(ledger.plan) if is_pilot else ledger.calibrations[job.cell]
    if job.is_memory:
        # One value, as long as those that are timed.
        calibration = dataclasses.replace(calibration, warmups=0, values=1)
    launch = launch_of(
        job, plan=ledger.plan, machine=means.machine, site=means.site, calibration=calibration
    )
    finished, seen = observed(lambda: means.launcher(launch), means.around)
    expected = ledger.checksums.get(job.cell.benchmark.workload)
    judgement = judge(job, finished, plan=ledger.plan, expected=expected)
    outcome = outcome_of(job, finished, judgement, calibration=calibration)
    return msgspec.structs.replace(outcome, started=started, **seen), judgement.run


def outcome_of(
    job: Job, finished: Finished, judgement: Judgement, *, calibration: Calibration
) -> Outcome:
    """Return the outcome of a job, without its start and what was observed around it."""
    is_ok = judgement.status is Status.OK
    # The same text without white space: a journal line must not contain a line break.
    run = msgspec.json.format(finished.result, indent=-1) if is_ok and finished.result else b"null"
    return Outcome(
        job=job,
        status=judgement.status,
        started="",
        reason=judgement.reason,
        duration_s=finished.duration_s,
        loops=calibration.loops,
        warmups=calibration.warmups,
        values=calibration.values,
        exit_code=finished.exit_code,
        stderr_tail="" if is_ok else finished.stderr_tail,
        run=msgspec.Raw(run),
    )


def _remaining_s(ledger: Ledger, job: Job, *, is_done: bool) -> float:
    """Return the expected time from ``job`` to the end, from the calibrations so far."""
    plan = ledger.plan
    expected_s = [calibration.expected_s for calibration in ledger.calibrations.values()]
    typical_s = sum(expected_s) / len(expected_s) if expected_s else 2 * PILOT_JOB_S
    block_s = sum(
        ledger.calibrations[cell].expected_s if cell in ledger.calibrations else typical_s
        for cell in plan.cells
        if not ledger.is_quarantined(cell)
    )
    # A job about memory is shorter by its warm-ups and all values but one.
    memory_s = block_s / (1 + plan.preset.values)
    gone = job.position + is_done
    if job.is_memory:
        return (1 - gone / len(plan.cells) + plan.memory_blocks - job.block) * memory_s
    after_s = plan.memory_blocks * memory_s
    if job.block == PILOT:
        return pilot_s(plan, pilot_jobs(plan)[gone:]) + plan.preset.blocks * block_s + after_s
    return (1 - gone / len(plan.cells) + plan.preset.blocks - job.block) * block_s + after_s
