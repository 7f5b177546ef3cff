"""What ``report`` does, step by step: load → analyse → page, attachments and summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.analysis.trust.aa import MIN_BLOCKS, noise_of
from harness.commands.made import Made
from harness.errors import NothingToDoError, WorkerError
from harness.export.attachments import attachments
from harness.export.publishable import gather
from harness.model import Status
from harness.report.index.summarise import keep_summary
from harness.report.page.html import write_report
from harness.report.page.json import analysis_document
from harness.report.redaction import redacted
from harness.report.terminal import summary_lines
from harness.storage import experiment_folder
from harness.storage.aa_record import write_noise
from harness.storage.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["report"]


def report(
    folder: Path,
    reports: Path,
    *,
    is_json: bool,
    is_new: bool = False,
    is_host_shown: bool = False,
) -> Made:
    """Make the page of the experiment in ``folder``.

    If the experiment ``is_new``, just measured, its A/A noise is saved in the folder, provided it
    has enough blocks. With ``is_host_shown`` the page names the host and real paths.

    Raises NothingToDoError if nothing was measured, WorkerError if every worker failed.
    """
    made_from = fingerprint(folder)  # before it is read: what is added meanwhile changes it
    experiment = experiment_folder.load(folder)
    if not experiment.outcomes:
        raise NothingToDoError(
            f"{folder.name} has no measurement yet: continue with --resume {folder.name}"
        )
    manifest, outcomes, runs = experiment.manifest, experiment.outcomes, experiment.runs
    analysis = analyse(manifest, outcomes, runs=runs, notes=experiment.notes)
    if is_new and analysis.aa is not None and analysis.blocks_done >= MIN_BLOCKS:
        write_noise(folder, noise_of(manifest, analysis.aa, blocks=analysis.blocks_done))
    material = gather(manifest, outcomes, runs, analysis, is_host_shown=is_host_shown)
    shown = material.analysis
    page = write_report(shown, reports / manifest.id, attachments=attachments(material))
    # The index is for everybody, even if this page is private.
    keep_summary(redacted(analysis) if is_host_shown else shown, page.parent, made_from=made_from)
    if all(outcome.status is not Status.OK for outcome in outcomes):
        first = outcomes[0]
        raise WorkerError(
            f"no worker succeeded; {first.job.cell.name}: {first.reason}. All reasons are in {page}"
        )
    if is_json:
        return Made(page=page, text=analysis_document(analysis, page))
    return Made(page=page, text="\n".join([*summary_lines(shown), f"Report: {page}", ""]))
