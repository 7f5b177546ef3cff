"""The end of a worker → a status with its reason, and its result, decoded once."""

from __future__ import annotations

import dataclasses
import re
import signal
from typing import TYPE_CHECKING

from harness.model import Status
from harness.storage.consistency import complaint_about_run
from harness.storage.worker_result import RunFormatError, read_result
from workloads.checks import FAILED

if TYPE_CHECKING:
    from harness.execution.launcher import Finished
    from harness.model import Job, Plan
    from harness.storage.worker_result import RunData

__all__ = ["MAX_REASON_LENGTH", "Checksum", "Judgement", "how_it_ended", "judge"]

MAX_REASON_LENGTH = 500
_WORKERS_OWN = re.compile(r"(?:WorkloadError|LoadError|GilStateError|JitStateError): ")
"""The beginning of the line by which a worker itself reports what went wrong."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checksum:
    """The first result of a workload, which all its other cells must return too."""

    value: str
    cell: str
    """The name of the cell that returned it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Judgement:
    """The judgement of one worker."""

    status: Status
    reason: str = ""
    run: RunData | None = None
    """Its result; ``None`` unless the status is ``OK``."""


def judge(
    job: Job,
    finished: Finished,
    *,
    plan: Plan,
    expected: Checksum | None,
    turns: int | None = None,
) -> Judgement:
    """Return the judgement of a finished worker; without ``expected``, any checksum is right.

    Of a worker that took turns every one must have given a value.
    """
    if finished.is_timed_out and not finished.complaint:
        reason = f"killed after {finished.duration_s:.0f} s: it hung, or needs a longer --timeout"
        return Judgement(status=Status.TIMED_OUT, reason=reason)
    run, reason = None, how_it_ended(finished)
    if not reason and finished.result is None:
        reason = (
            "the worker ended normally but wrote no result: the workload ended the process "
            "(os._exit), or removed its files"
        )
    elif not reason and finished.result is not None:
        try:
            run = read_result(finished.result)
            reason = _complaint(job, run, plan=plan, expected=expected)
            if not reason and turns not in (None, len(run.values)):
                reason = f"the worker wrote {len(run.values)} values of {turns} turns"
        except RunFormatError as error:
            reason = f"the worker wrote rubbish: {error}"
    if reason:
        return Judgement(status=Status.FAILED, reason=reason)
    return Judgement(status=Status.OK, run=run)


def _complaint(job: Job, run: RunData, *, plan: Plan, expected: Checksum | None) -> str:
    """Return the fault of a worker's result, or nothing."""
    if run.name != job.cell.benchmark.name:
        return f"the worker measured {run.name!r} instead"
    if complaint := complaint_about_run(job, run, plan):
        return f"the worker's result is not valid: {complaint}"
    if expected is not None and run.checksum != expected.value:
        return f"wrong result: checksum {run.checksum}, but {expected.cell} has {expected.value}"
    return ""


def how_it_ended(finished: Finished) -> str:
    """Return the reason of a worker's end, or nothing when it ended as it should."""
    if finished.complaint:
        return finished.complaint
    if finished.exit_code == 0:
        return ""
    lines = [line.strip() for line in finished.stderr_tail.splitlines() if line.strip()]
    last_line = lines[-1][:MAX_REASON_LENGTH] if lines else "it said nothing"
    if finished.exit_code is None:
        return last_line
    if finished.exit_code == FAILED and (own := _WORKERS_OWN.match(last_line)):
        return last_line[own.end() :]
    if finished.exit_code >= 0:
        return f"exit status {finished.exit_code}: {last_line}"
    try:
        name = signal.Signals(-finished.exit_code).name
    except ValueError:
        name = f"signal {-finished.exit_code}"
    return f"ended by {name}: {last_line}"
