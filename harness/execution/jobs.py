"""Run jobs, alone or side by side → their outcomes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import random
import statistics
import time
from typing import TYPE_CHECKING, Any

import msgspec

from harness.execution.group import Member, Rounds, measure_group
from harness.execution.judge import MAX_REASON_LENGTH, Judgement, judge
from harness.execution.ledger import FAILURES_ALLOWED, Ledger
from harness.execution.parts import parts_of
from harness.execution.telemetry import observed
from harness.execution.worker_command import launch_of, pilot_calibration, pins_of
from harness.model import Outcome, Status
from harness.model.plans import PILOT
from harness.planning.calibration import MIN_ROUNDS, rounds_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.execution.launcher import Finished, Launcher
    from harness.execution.singing import Singing
    from harness.execution.worker_command import Site
    from harness.machine import Surroundings
    from harness.model import Job, Machine
    from harness.planning.calibration import Calibration
    from harness.storage.worker_result import RunData

    Done = tuple[Outcome, RunData | None]
    """An outcome, and the run that its worker wrote, decoded; ``None`` if it failed."""

__all__ = ["Means", "known", "outcome_of", "run_alone", "run_group"]

MAX_STRETCH = 2
"""On a disturbed machine a group may have so many times its rounds."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Means:
    """The means of every job."""

    machine: Machine
    site: Site
    launcher: Launcher
    around: Surroundings
    is_stopped: Callable[[], bool]


def run_alone(job: Job, *, ledger: Ledger, means: Means) -> Done:
    """Run a job of the pilot or of the memory pass: one worker, which takes no turns."""
    started = _now()
    if ledger.is_quarantined(job.cell):
        return _skipped(job, ledger, started), None
    calibration = (
        pilot_calibration(ledger.plan)
        if job.block == PILOT
        # One value, as long as those that are timed.
        else dataclasses.replace(ledger.calibrations[job.cell], warmups=0, values=1)
    )
    launch = launch_of(
        job, plan=ledger.plan, machine=means.machine, site=means.site, calibration=calibration
    )
    canary_s = means.around.canary_s()
    finished, seen = observed(lambda: means.launcher(launch), means.around)
    outcome, run = _judged(job, finished, ledger=ledger, calibration=calibration)
    outcome = msgspec.structs.replace(outcome, started=started, canary_s=canary_s, **seen)
    return _with_pins(outcome, run, pins_of(job, ledger.plan, means.machine)), run


def known(jobs: tuple[Job, ...], share: float) -> tuple[Done, ...]:
    """Return the outcomes of a group that need not be measured: what it says is known."""
    blocks = jobs[0].block - 1
    reason = f"known to ±{share * 100:.2g} % after {blocks} blocks, or as often as needed"
    return tuple(
        (
            Outcome(job=job, status=Status.KNOWN, started=_now(), duration_s=0.0, reason=reason),
            None,
        )
        for job in jobs
    )


def run_group(
    jobs: tuple[Job, ...],
    *,
    ledger: Ledger,
    means: Means,
    singing: Singing,
    on_round: Callable[[int, int], None],
) -> tuple[Done, ...]:
    """Measure the jobs of one group side by side; return nothing if it was stopped early.

    ``on_round`` is called before each round with its number, 0 while workers start, and their
    number in all. Where the group is too large for the memory its parts follow each other, with
    rounds of their own.
    """
    started, began = _now(), time.monotonic()
    fit = tuple(job for job in jobs if not ledger.is_quarantined(job.cell))
    parts = parts_of(fit, pilots=ledger.pilots, memory_bytes=means.machine.memory_bytes)
    number = rounds_of(ledger.plan.preset, [ledger.calibrations[job.cell] for job in fit])
    # Where values are so long that there are few, more of them would take too long.
    most = number * MAX_STRETCH if number > MIN_ROUNDS else number
    members = {
        job: _member(job, most, ledger=ledger, means=means) for part in parts for job in part
    }
    # Drawn anew in each block, and the same when it is measured again.
    seed = f"{ledger.plan.seed}/{jobs[0].block}/{ledger.plan.group_of(jobs[0].cell)}"
    order = random.Random(seed)  # noqa: S311 - a recorded seed
    offsets = [most * place for place in range(len(parts))]

    def show(at: int, place: int) -> None:
        # Numbers of rounds have gaps between the parts: as many as a part may have more.
        on_round(at - (most - number) * place, number * len(parts))

    def measure() -> bool:
        return all(
            measure_group(
                [members[job] for job in part],
                Rounds(
                    number=number,
                    most=most,
                    offset=offset,
                    order=order,
                    workers_at_once=max(1, ledger.plan.cpus),
                    is_stopped=means.is_stopped,
                    on_round=functools.partial(show, place=place),
                ),
                launcher=means.launcher,
                singing=singing,
            )
            for place, (part, offset) in enumerate(zip(parts, offsets, strict=True))
        )

    is_kept, seen = observed(measure, means.around, own_s=singing.cpu_s)
    if not is_kept:
        return ()
    share_s = (time.monotonic() - began) / len(jobs)
    around = {"started": started, "share_s": share_s, **seen}
    return tuple(_of_member(job, members.get(job), around, ledger, means) for job in jobs)


def _of_member(
    job: Job, member: Member | None, around: dict[str, Any], ledger: Ledger, means: Means
) -> Done:
    if member is None or member.finished is None:
        return _skipped(job, ledger, around["started"]), None
    outcome, run = _judged(
        job,
        member.finished,
        ledger=ledger,
        calibration=member.calibration,
        complaint=member.complaint,
        turns=len(member.turns),
    )
    before = [took_us for turn in member.turns for took_us in turn.before]
    outcome = msgspec.structs.replace(
        outcome,
        values=len(member.turns),
        cpus=member.cpus,
        turns=tuple(member.turns) if run is not None else (),
        canary_s=statistics.median(before) / 1e6 if before else None,
        **around,
    )
    return _with_pins(outcome, run, pins_of(job, ledger.plan, means.machine)), run


def _member(job: Job, rounds: int, *, ledger: Ledger, means: Means) -> Member:
    calibration = dataclasses.replace(ledger.calibrations[job.cell], values=rounds)
    launch = launch_of(
        job,
        plan=ledger.plan,
        machine=means.machine,
        site=means.site,
        calibration=calibration,
        has_turns=True,
    )
    pins = pins_of(job, ledger.plan, means.machine)
    usable = tuple(cpu.id for cpu in means.machine.cpus)
    return Member(job=job, launch=launch, calibration=calibration, cpus=pins or usable)


def _with_pins(outcome: Outcome, run: RunData | None, pins: tuple[int, ...]) -> Outcome:
    """Return the outcome with what became of the pins that its worker was given."""
    if not pins or run is None:
        return outcome
    return msgspec.structs.replace(
        outcome, cpus=pins, is_pinned=not run.unpinned, unpinned=run.unpinned or ""
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _skipped(job: Job, ledger: Ledger, started: str) -> Outcome:
    last = ledger.failures[job.cell][-1]
    return Outcome(
        job=job,
        status=Status.SKIPPED,
        started=started,
        duration_s=0.0,
        reason=f"not tried again after {FAILURES_ALLOWED} failures: {last.reason}",
    )


def _judged(
    job: Job,
    finished: Finished,
    *,
    ledger: Ledger,
    calibration: Calibration,
    complaint: str = "",
    turns: int | None = None,
) -> Done:
    expected = ledger.checksums.get(job.cell.benchmark.workload)
    try:
        judgement = judge(job, finished, plan=ledger.plan, expected=expected, turns=turns)
        if complaint:
            judgement = Judgement(status=Status.FAILED, reason=complaint)
        return outcome_of(job, finished, judgement, calibration=calibration), judgement.run
    except Exception as error:  # noqa: BLE001 - it is in the row, which must not be lost
        words = " ".join(str(error).split())[:MAX_REASON_LENGTH]
        reason = f"a bug of Gilscope, in judging its result: {type(error).__name__}: {words}"
        judgement = Judgement(status=Status.FAILED, reason=reason)
        return outcome_of(job, finished, judgement, calibration=calibration), None


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
        left_processes=finished.left_processes,
        stderr_tail="" if is_ok else finished.stderr_tail,
        run=msgspec.Raw(run),
    )
