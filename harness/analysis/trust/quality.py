"""Which experiments tell of the machine: quick looks and those of grade D do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.experiment.calm import calm_share
from harness.analysis.experiment.cells import cell_results
from harness.analysis.experiment.frame import complete_blocks, process_frame
from harness.analysis.experiment.times import process_times
from harness.analysis.trust.grade import grade
from harness.analysis.trust.telemetry import samples
from harness.model import MIN_NOISE_BLOCKS
from harness.statistics.verdicts import PRACTICAL

if TYPE_CHECKING:
    from harness.model import Manifest, Outcome
    from harness.storage.worker_result import Runs

__all__ = ["is_fit", "why_unfit"]

_QUICK = "fast"
_WORST = "D"


def why_unfit(manifest: Manifest, *, blocks: int, letter: str = "") -> str:
    """Return why an experiment tells nothing of the machine's noise; empty if it does."""
    if manifest.plan.preset.name == _QUICK:
        return "it was made with --fast"
    if blocks < MIN_NOISE_BLOCKS:
        return f"it has fewer than {MIN_NOISE_BLOCKS} blocks"
    return f"its grade is {_WORST}" if letter == _WORST else ""


def is_fit(manifest: Manifest, outcomes: tuple[Outcome, ...], runs: Runs) -> bool:
    """Return whether a stored experiment tells of the machine's noise."""
    blocks = complete_blocks(manifest.plan, outcomes)
    # Grading takes a while.
    if why_unfit(manifest, blocks=len(blocks)):
        return False
    letter = _letter(manifest, outcomes, runs, blocks=tuple(blocks))
    return not why_unfit(manifest, blocks=len(blocks), letter=letter)


def _letter(
    manifest: Manifest, outcomes: tuple[Outcome, ...], runs: Runs, *, blocks: tuple[int, ...]
) -> str:
    plan = manifest.plan
    used = tuple(it for it in outcomes if it.job.is_timed and it.job.block in blocks)
    times = process_times(used, runs)
    cells = cell_results(
        plan,
        process_frame(used, runs),
        times,
        threshold=PRACTICAL,
        cores=manifest.machine.physical_cores,
    )
    return grade(
        manifest,
        samples=samples(plan, outcomes),
        cells=cells,
        calm=calm_share(used),
        blocks_done=len(blocks),
        blocks_due=len(blocks),
    ).letter
