"""An experiment → its ``Analysis``: the one entry of this package.

Place in the flow: store → **analyse** → report.
"""

from __future__ import annotations

import datetime as dt

from harness.analysis.estimate import LEVEL
from harness.analysis.frame import complete_blocks, process_frame
from harness.analysis.grade import grade
from harness.analysis.memory import memory_results
from harness.analysis.notes import note_results
from harness.analysis.results import Analysis, Failure
from harness.analysis.samples import samples
from harness.analysis.scaling import cell_results, log_times
from harness.analysis.split import splits
from harness.model import Cell, Manifest, Outcome, Status

__all__ = ["analyse"]


def analyse(
    manifest: Manifest, outcomes: tuple[Outcome, ...], *, notes: tuple[str, ...] = ()
) -> Analysis:
    """Return everything the report shows of an experiment.

    Estimates rest on complete blocks; when there is none yet, on the processes there are.
    """
    plan = manifest.plan
    blocks = complete_blocks(plan, outcomes)
    measured = tuple(one for one in outcomes if one.job.is_timed)
    used = tuple(one for one in measured if one.job.block in blocks)
    if not blocks and any(one.status is Status.OK for one in measured):
        used = measured
        notes = (*notes, "No block is complete: the numbers rest on the first block's processes.")
    frame = process_frame(used)
    cells, seen = cell_results(plan, frame), samples(plan, outcomes)
    return Analysis(
        manifest=manifest,
        blocks_done=len(blocks),
        level=LEVEL,
        cells=cells,
        splits=splits(plan, log_times(frame)),
        failures=_failures(plan.cells, outcomes),
        measured_s=sum(one.duration_s for one in outcomes),
        duration_s=_duration_s(outcomes),
        load_1min=tuple(one.load_1min for one in measured if one.load_1min is not None),
        notes=notes,
        measures=note_results(plan, used),
        memory=memory_results(plan, outcomes),
        samples=seen,
        grade=grade(manifest, samples=seen, cells=cells, blocks_done=len(blocks)),
    )


def _failures(cells: tuple[Cell, ...], outcomes: tuple[Outcome, ...]) -> tuple[Failure, ...]:
    found = []
    for cell in cells:
        own = [one for one in outcomes if one.job.cell == cell]
        failed = [one for one in own if one.status in (Status.FAILED, Status.TIMED_OUT)]
        if not failed:
            continue
        last = failed[-1]
        found.append(
            Failure(
                variant=cell.variant,
                benchmark=cell.benchmark,
                status=last.status,
                reason=last.reason,
                stderr_tail=last.stderr_tail,
                failed=len(failed),
                succeeded=sum(one.status is Status.OK and one.job.block > 0 for one in own),
                is_quarantined=any(one.status is Status.SKIPPED for one in own),
            )
        )
    return tuple(found)


def _duration_s(outcomes: tuple[Outcome, ...]) -> float:
    """Return the time from the first start to the last end, pauses of a resume included."""
    if not outcomes:
        return 0.0
    starts = [dt.datetime.fromisoformat(one.started).timestamp() for one in outcomes]
    ends = [start + one.duration_s for start, one in zip(starts, outcomes, strict=True)]
    return max(ends) - min(starts)
