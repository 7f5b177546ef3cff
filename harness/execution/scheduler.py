"""Walk the pilot, the blocks and the memory pass, and pass on every outcome.

The pilot and the memory pass run one worker after another, the blocks one group after another.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import time
from typing import TYPE_CHECKING

from harness.execution.jobs import Means, known, run_alone, run_group
from harness.execution.ledger import Ledger, record, replay
from harness.execution.remaining import Rounds, remaining_s
from harness.execution.singing import Singing
from harness.machine import surroundings
from harness.model.plans import PILOT
from harness.planning.plan import all_blocks, pilot_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.execution.jobs import Done
    from harness.execution.launcher import Launcher
    from harness.execution.worker_command import Site
    from harness.machine import Surroundings
    from harness.model import Job, Machine, Outcome, Plan
    from harness.storage.worker_result import RunData

__all__ = ["Step", "walk"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """The progress of the walk: before each job (no outcome) and after it, in each round."""

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
    round: int = 0
    """The present round of the job's group, 0 while its workers start."""
    rounds: int = 0
    """All rounds of the group; 0 where a job runs alone."""


def walk(  # noqa: PLR0913 - its means and its listeners, each by name
    plan: Plan,
    *,
    machine: Machine,
    site: Site,
    launcher: Launcher,
    done: tuple[Outcome, ...],
    save: Callable[[Sequence[Outcome]], None],
    tell: Callable[[Step], None],
    is_stopped: Callable[[], bool],
    is_enough: Callable[[int], bool] = lambda block: False,  # noqa: ARG005
    known_within: Callable[[int, str], float | None] = lambda block, workload: None,  # noqa: ARG005
    around: Surroundings | None = None,
) -> bool:
    """Run every job that is not in ``done``; return whether the plan was finished.

    ``save`` gets the outcomes of a group, or of a job that ran alone, as soon as there are any.
    ``is_stopped`` is called before each job and each round, ``is_enough`` before each timed block,
    with its number: once it returns true no timed block is started, but the memory pass still is.
    ``known_within`` is called before each group, with its block and workload: where it returns a
    share, all intervals of the workload are within it, and the group is not measured. ``around``
    observes the machine during each job; by default it is this machine.
    """
    ledger = replay(plan, done)
    started = time.monotonic()
    around = around or surroundings(cpu.id for cpu in machine.cpus)
    with contextlib.ExitStack() as stack:
        means = Means(
            machine=machine, site=site, launcher=launcher, around=around, is_stopped=is_stopped
        )
        singing: Singing | None = None
        for jobs in all_blocks(plan):
            is_timed = bool(jobs) and jobs[0].is_timed
            if is_timed and is_enough(jobs[0].block):
                continue
            for group in _groups(plan, jobs) if is_timed else [(job,) for job in jobs]:
                while any(job.key not in ledger.done for job in group):
                    if is_stopped():
                        return False
                    step = _step(ledger, group[0], started, is_done=False)
                    tell(step)
                    if is_timed:
                        show = _in_rounds(step, Rounds.of(ledger, group), started, tell)
                        singing = singing or Singing(stack.enter_context(around.canaries()))
                        results = _measured(group, ledger, means, singing, known_within, show=show)
                    else:
                        results = (run_alone(group[0], ledger=ledger, means=means),)
                    if not results:
                        return False
                    save([outcome for outcome, _ in results])
                    for outcome, run in results:
                        record(ledger, outcome, run)
                        step = _step(ledger, outcome.job, started, is_done=True)
                        tell(dataclasses.replace(step, outcome=outcome, run=run))
    return True


def _measured(
    group: tuple[Job, ...],
    ledger: Ledger,
    means: Means,
    singing: Singing,
    known_within: Callable[[int, str], float | None],
    *,
    show: Callable[[int, int], None],
) -> tuple[Done, ...]:
    """Measure a group, unless enough is known; return nothing if the user stopped it early."""
    workloads = {job.cell.benchmark.workload for job in group}
    shares = [known_within(group[0].block, workload) for workload in workloads]
    if None not in shares:
        return known(group, max(share for share in shares if share is not None))
    return run_group(group, ledger=ledger, means=means, singing=singing, on_round=show)


def _in_rounds(
    step: Step, left: Rounds, started: float, tell: Callable[[Step], None]
) -> Callable[[int, int], None]:
    """Return what tells of each round of the group that begins with ``step``."""

    def on_round(number: int, rounds: int) -> None:
        tell(
            dataclasses.replace(
                step,
                round=number,
                rounds=rounds,
                elapsed_s=time.monotonic() - started,
                remaining_s=left.remaining_s(number, rounds),
            )
        )

    return on_round


def _groups(plan: Plan, jobs: tuple[Job, ...]) -> list[tuple[Job, ...]]:
    """Return the jobs of each group, which follow each other in a block."""
    by_group = itertools.groupby(jobs, key=lambda job: plan.group_of(job.cell))
    return [tuple(members) for _, members in by_group]


def _step(ledger: Ledger, job: Job, started: float, *, is_done: bool) -> Step:
    plan = ledger.plan
    return Step(
        job=job,
        blocks=plan.memory_blocks if job.is_memory else plan.preset.blocks,
        may_end_early=job.is_timed and plan.has_stopping_rule,
        jobs_in_block=len(pilot_jobs(plan) if job.block == PILOT else plan.cells),
        elapsed_s=time.monotonic() - started,
        remaining_s=remaining_s(ledger, job, is_done=is_done),
        outcome=None,
    )
