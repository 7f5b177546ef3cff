"""Try workloads of the user's own: each once in each mode, at few threads, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.commands.workload_check_words import Result, lines
from harness.errors import ConfigError
from harness.execution.jobs import outcome_of
from harness.execution.judge import Checksum, judge
from harness.execution.launcher import SubprocessLauncher
from harness.execution.worker_command import launch_of
from harness.json_output import document
from harness.model import Mode, Outcome, Status
from harness.planning.calibration import Calibration
from harness.planning.plan import jobs_of_block
from harness.planning.user_files import is_own
from harness.running.prepare import prepare
from harness.running.progress import screen
from harness.user_workloads.describe import site_of
from harness.wording import by_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.execution.worker_command import Site
    from harness.model import Job, Machine, Plan
    from harness.planning.bench_options import BenchOptions

__all__ = ["check", "tried"]

_THREADS = (1, 2, 4)
_CALLS = 2
"""Calls in one worker: the second must return what the first did."""


def check(files: Sequence[str], options: BenchOptions, *, is_json: bool) -> tuple[str, bool]:
    """Run every workload of ``files`` on every interpreter.

    Return the text for standard output, and whether every cell succeeded.
    """
    for name in files:
        if not is_own(name):
            raise ConfigError(
                f"workload check {name}: give the path of a Python file, such as {name}.py"
            )
    options = msgspec.structs.replace(
        options, workload=tuple(files), threads=_THREADS, mode=tuple(Mode), blocks=1
    )
    with screen() as shown:
        ready = prepare(options, notify=shown.getting, is_check=True)
        missing = [(row.label, row.reason) for row in ready.unavailable]
        for subject, reason in by_reason(missing, verb="is"):
            shown.say(f"{subject} not available: {reason}")
        site = site_of(ready.own.code)
        results = tuple(tried(ready.plan, ready.machine, site, tell=shown.trying))
    is_good = all(result.is_good for result in results)
    make = _document if is_json else _text
    return make(ready.plan, results), is_good


def tried(
    plan: Plan, machine: Machine, site: Site, *, tell: Callable[[str], object]
) -> Iterator[Result]:
    """Run each cell once; ``tell`` is called with its name before.

    Where a mode fails with the fewest threads, the rest of it would fail alike.
    """
    launcher = SubprocessLauncher()
    once = Calibration(
        loops=1, warmups=0, values=_CALLS, expected_s=0.0, timeout_s=plan.preset.timeout_s
    )
    checksums: dict[str, Checksum] = {}
    firsts: dict[tuple[str, str, str], Result] = {}
    # In the plan's own order: the first checksum is that of one thread of the baseline.
    jobs = sorted(jobs_of_block(plan, 1), key=lambda job: plan.cells.index(job.cell))
    for job in jobs:
        benchmark = job.cell.benchmark
        first = firsts.get((benchmark.workload, benchmark.mode, job.cell.variant))
        if first is not None and not first.is_good:
            yield _not_tried(job, first)
            continue
        tell(job.cell.name)
        launch = launch_of(job, plan=plan, machine=machine, site=site, calibration=once)
        finished = launcher(launch)
        judgement = judge(job, finished, plan=plan, expected=checksums.get(benchmark.workload))
        run = judgement.run
        if run:
            checksums.setdefault(
                benchmark.workload, Checksum(value=run.checksum, cell=job.cell.name)
            )
        result = Result(
            outcome=outcome_of(job, finished, judgement, calibration=once),
            checksum=run.checksum if run else "",
            remarks=run.remarks if run else (),
        )
        firsts.setdefault((benchmark.workload, benchmark.mode, job.cell.variant), result)
        yield result


def _not_tried(job: Job, first: Result) -> Result:
    """Return what comes of a cell when the same mode has failed with fewer at once."""
    reason = f"not tried: {first.cell.name} failed"
    return Result(
        outcome=Outcome(job=job, status=Status.SKIPPED, started="", duration_s=0.0, reason=reason)
    )


def _text(plan: Plan, results: Sequence[Result]) -> str:
    return "\n".join(lines(plan, results)) + "\n"


def _document(plan: Plan, results: Sequence[Result]) -> str:
    facts = {
        "workloads": plan.workloads,
        "results": [
            {
                "variant": result.cell.variant,
                "benchmark": result.cell.benchmark.name,
                "status": result.outcome.status,
                "reason": result.outcome.reason,
                "stderr_tail": result.outcome.stderr_tail,
                "checksum": result.checksum,
                "remarks": [
                    {"kind": remark.kind, "subject": remark.subject} for remark in result.remarks
                ],
                "duration_s": result.outcome.duration_s,
            }
            for result in results
        ],
        "skipped": plan.skipped,
    }
    return document(facts)
