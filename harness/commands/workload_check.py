"""Try workloads of the user's own: each once in each mode, at few threads, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from harness.errors import ConfigError
from harness.execution.jobs import outcome_of
from harness.execution.judge import Checksum, judge
from harness.execution.launcher import SubprocessLauncher
from harness.execution.worker_command import launch_of
from harness.json_output import document
from harness.model import Mode, Status
from harness.planning.calibration import Calibration
from harness.planning.plan import jobs_of_block
from harness.planning.user_files import is_own
from harness.running.prepare import prepare
from harness.running.progress import Screen, screen
from harness.user_workloads.describe import site_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Cell, Outcome, Plan
    from harness.planning.bench_options import BenchOptions
    from harness.running.prepare import Prepared

__all__ = ["check"]

_THREADS = (1, 2, 4)
_CALLS = 2
"""Calls in one worker: the second must return what the first did."""


class _Result(NamedTuple):
    outcome: Outcome
    checksum: str

    @property
    def cell(self) -> Cell:
        return self.outcome.job.cell


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
        ready = prepare(options, notify=shown.getting, is_allowed_to_get=True, is_check=True)
        for row in ready.unavailable:
            shown.say(f"{row.label} is not available: {row.reason}")
        results = tuple(_run(ready, shown))
    is_good = all(result.outcome.status is Status.OK for result in results)
    make = _document if is_json else _lines
    return make(ready.plan, results), is_good


def _run(ready: Prepared, shown: Screen) -> Iterator[_Result]:
    plan, launcher, site = ready.plan, SubprocessLauncher(), site_of(ready.own.code)
    once = Calibration(
        loops=1, warmups=0, values=_CALLS, expected_s=0.0, timeout_s=plan.preset.timeout_s
    )
    checksums: dict[str, Checksum] = {}
    # In the plan's own order: the first checksum is that of one thread of the baseline.
    jobs = sorted(jobs_of_block(plan, 1), key=lambda job: plan.cells.index(job.cell))
    for job in jobs:
        shown.trying(job.cell.name)
        launch = launch_of(job, plan=plan, machine=ready.machine, site=site, calibration=once)
        finished = launcher(launch)
        workload = job.cell.benchmark.workload
        judgement = judge(job, finished, plan=plan, expected=checksums.get(workload))
        checksum = judgement.run.checksum if judgement.run else ""
        if judgement.run:
            checksums.setdefault(workload, Checksum(value=checksum, cell=job.cell.name))
        yield _Result(outcome_of(job, finished, judgement, calibration=once), checksum)


def _lines(plan: Plan, results: Sequence[_Result]) -> str:
    lines = []
    for name in (workload.name for workload in plan.workloads):
        own = [result for result in results if result.cell.benchmark.workload == name]
        bad = [result for result in own if result.outcome.status is not Status.OK]
        checksums = {result.checksum for result in own if result not in bad}
        lines += [
            f"WRONG    {result.cell.name} {result.outcome.status}: {result.outcome.reason}"
            for result in bad
        ]
        lines += [
            f"skipped  {row.variant} {name} ({row.mode}): {row.reason}"
            for row in plan.skipped
            if row.workload == name
        ]
        if own and not bad:
            labels = dict.fromkeys(result.cell.variant for result in own)
            modes = dict.fromkeys(result.cell.benchmark.mode for result in own)
            lines.append(
                f"good     {name}: checksum {checksums.pop()} under {', '.join(labels)}; "
                f"modes {', '.join(modes)}; {', '.join(map(str, plan.threads))} threads"
            )
    return "\n".join(lines) + "\n"


def _document(plan: Plan, results: Sequence[_Result]) -> str:
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
                "duration_s": result.outcome.duration_s,
            }
            for result in results
        ],
        "skipped": plan.skipped,
    }
    return document(facts)
