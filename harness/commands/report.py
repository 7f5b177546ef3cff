"""What ``report`` does, step by step: load → analyse → page, attachments and summary."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.analysis.trust.aa import MIN_BLOCKS, noise_of
from harness.commands.index import make_all
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

    from harness.analysis.results.experiment import Analysis

__all__ = ["report", "report_all"]


def report(
    folder: Path,
    reports: Path,
    *,
    is_json: bool,
    is_new: bool = False,
    is_host_shown: bool = False,
) -> Made:
    """Make the page of the experiment in ``folder``.

    The noise that an A/A experiment found is saved in the folder if it ``is_new``, just measured.
    With ``is_host_shown`` the page names the host and real paths.

    Raises NothingToDoError if nothing was measured, WorkerError if every worker failed.
    """
    made_from = fingerprint(folder)  # before it is read: what is added meanwhile changes it
    experiment = experiment_folder.load(folder)
    if not experiment.outcomes:
        raise NothingToDoError(
            f"{folder.name} has no measurement yet: continue with --resume {folder.name}"
        )
    analysis = analyse(
        experiment.manifest, experiment.outcomes, runs=experiment.runs, notes=experiment.notes
    )
    if is_new:
        _keep_noise(folder, analysis)
    material = gather(
        experiment.manifest,
        experiment.outcomes,
        experiment.runs,
        analysis,
        is_host_shown=is_host_shown,
    )
    shown = material.analysis
    page = write_report(shown, reports / experiment.manifest.id, attachments=attachments(material))
    # The index is for everybody, even if this page is private.
    keep_summary(redacted(analysis) if is_host_shown else shown, page.parent, made_from=made_from)
    if all(outcome.status is not Status.OK for outcome in experiment.outcomes):
        first = experiment.outcomes[0]
        raise WorkerError(
            f"no worker succeeded; {first.job.cell.name}: {first.reason}. All reasons are in {page}"
        )
    if is_json:
        return Made(page=page, text=analysis_document(analysis, page))
    return Made(page=page, text="\n".join([*summary_lines(shown), f"Report: {page}", ""]))


def report_all(results: Path, reports: Path, *, is_json: bool, is_host_shown: bool) -> Made:
    """Make every page that is missing or out of date, and the index."""
    make = functools.partial(report, reports=reports, is_json=False, is_host_shown=is_host_shown)
    return make_all(results, reports, make=make, is_json=is_json)


def _keep_noise(folder: Path, analysis: Analysis) -> None:
    """Save the noise of an A/A experiment for later experiments, if it has enough blocks."""
    if analysis.aa is not None and analysis.blocks_done >= MIN_BLOCKS:
        write_noise(folder, noise_of(analysis.manifest, analysis.aa, blocks=analysis.blocks_done))
