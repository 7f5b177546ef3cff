"""Try workloads of the user's own: each once in each mode, at few threads, everywhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import interpreters
from harness.errors import ConfigError, InterpreterError
from harness.execution.launcher import SubprocessLauncher
from harness.execution.ledger import Ledger, judge
from harness.execution.worker_command import launch_of
from harness.json_output import document
from harness.machine import audit
from harness.model import Job, Mode, Outcome, Plan, Status
from harness.planning import config
from harness.planning.calibration import Calibration
from harness.planning.plan import jobs_of_block, make_plan
from harness.planning.user_files import is_own
from harness.running.progress import Screen, screen
from harness.storage.worker_result import read_run
from harness.user_workloads.describe import Asking, Gathered, gather, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Checked", "check"]

_THREADS = (1, 2, 4)
_CALLS = 2
"""Calls in one worker: the second must return what the first did."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of every cell."""

    is_good: bool
    text: str
    """What standard output gets."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Result:
    outcome: Outcome
    checksum: str


def check(
    files: Sequence[str], specs: tuple[str, ...], *, timeout: str | None, is_json: bool
) -> Checked:
    """Run every workload of ``files`` on every interpreter, and say what is wrong."""
    for name in files:
        if not is_own(name):
            raise ConfigError(
                f"workload check {name}: give the path of a Python file, such as {name}.py"
            )
    options = {"workload": tuple(files), "interpreter": specs, "timeout": timeout, "blocks": 1}
    with screen() as shown:
        plan, gathered, missing = _prepare(options, shown)
        for line in missing:
            shown.say(line)
        results = tuple(_run(plan, gathered, shown))
    is_good = all(one.outcome.status is Status.OK for one in results)
    make = _document if is_json else _lines
    return Checked(is_good=is_good, text=make(plan, results))


def _prepare(options: dict[str, Any], shown: Screen) -> tuple[Plan, Gathered, list[str]]:
    wanted = config.resolve(options, Path.cwd(), is_alone=True)
    requests = interpreters.parse_all(wanted.interpreters, optimised=wanted.optimised)
    found = interpreters.provision(requests, tell=shown.getting, optimised=wanted.optimised)
    missing = [f"{row.label} is not available: {row.reason}" for row in found.unavailable]
    if not found.variants:
        raise InterpreterError(f"no interpreter can be had ({'; '.join(missing)})")
    gathered = gather(
        wanted.files,
        found.variants,
        Asking(tell=shown.getting, timeout_s=wanted.preset.timeout_s),
    )
    plan = make_plan(
        dataclasses.replace(wanted, workloads=gathered.workloads, modes=tuple(Mode)),
        variants=found.variants,
        sweep=_THREADS,
        usable_cpus=max(_THREADS),
        obstacles=gathered.obstacles,
    )
    return plan, gathered, missing


def _run(plan: Plan, gathered: Gathered, shown: Screen) -> Iterator[_Result]:
    once = Calibration(
        loops=1, warmups=0, values=_CALLS, expected_s=0.0, timeout_s=plan.preset.timeout_s
    )
    launcher, machine, site = SubprocessLauncher(), audit(), site_of(gathered.code)
    ledger = Ledger(plan=plan, calibrations={})
    # In the plan's own order: the first checksum is that of one thread of the baseline.
    jobs = sorted(jobs_of_block(plan, 1), key=lambda job: plan.cells.index(job.cell))
    for job in jobs:
        shown.trying(job.cell.name)
        launch = launch_of(job, plan=plan, machine=machine, site=site, calibration=once)
        finished = launcher(launch)
        status, reason = judge(ledger, job, finished)
        checksum = ""
        if status is Status.OK and finished.result is not None:
            checksum = read_run(finished.result).checksum
            first = (checksum, job.cell.name)
            ledger.checksums.setdefault(job.cell.benchmark.workload, first)
        outcome = Outcome(
            job=job,
            status=status,
            started="",
            duration_s=finished.duration_s,
            reason=reason,
            exit_code=finished.exit_code,
            stderr_tail="" if status is Status.OK else finished.stderr_tail,
        )
        yield _Result(outcome=outcome, checksum=checksum)


def _lines(plan: Plan, results: Sequence[_Result]) -> str:
    lines = []
    for name in (workload.name for workload in plan.workloads):
        own = [one for one in results if _job(one).cell.benchmark.workload == name]
        bad = [one for one in own if one.outcome.status is not Status.OK]
        checksums = {one.checksum for one in own if one not in bad}
        lines += [
            f"WRONG    {_job(one).cell.name} {one.outcome.status}: {one.outcome.reason}"
            for one in bad
        ]
        lines += [
            f"skipped  {row.variant} {name} ({row.mode}): {row.reason}"
            for row in plan.skipped
            if row.workload == name
        ]
        if own and not bad:
            labels = dict.fromkeys(_job(one).cell.variant for one in own)
            modes = dict.fromkeys(_job(one).cell.benchmark.mode for one in own)
            lines.append(
                f"good     {name}: checksum {checksums.pop()} under {', '.join(labels)}; "
                f"modes {', '.join(modes)}; {_threads(plan)} threads"
            )
    return "\n".join(lines) + "\n"


def _job(result: _Result) -> Job:
    return result.outcome.job


def _threads(plan: Plan) -> str:
    return ", ".join(str(number) for number in plan.threads)


def _document(plan: Plan, results: Sequence[_Result]) -> str:
    found = {
        "workloads": plan.workloads,
        "results": [
            {
                "variant": _job(one).cell.variant,
                "benchmark": _job(one).cell.benchmark.name,
                "status": one.outcome.status,
                "reason": one.outcome.reason,
                "stderr_tail": one.outcome.stderr_tail,
                "checksum": one.checksum,
                "duration_s": one.outcome.duration_s,
            }
            for one in results
        ],
        "skipped": plan.skipped,
    }
    return document(found)
