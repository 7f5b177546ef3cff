"""What ``report`` does, step by step: load → analyse → page, attachments and summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.analysis.trust.aa import noise_of, why_not_kept
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
from harness.report.words.remarks import gil_back_sentence, ways_on
from harness.storage import experiment_folder
from harness.storage.aa_record import write_noise
from harness.storage.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from harness.analysis.results.experiment import Analysis
    from harness.model import Outcome
    from harness.report.redaction import Redacted

__all__ = ["NoResultError", "report"]


class NoResultError(WorkerError):
    """Every worker failed; there is a page with the reasons nevertheless."""

    def __init__(self, message: str, made: Made) -> None:
        """``made``: the page, and what is printed in spite of it."""
        super().__init__(message)
        self.made = made


def report(
    folder: Path,
    reports: Path,
    *,
    is_json: bool,
    is_new: bool = False,
    is_host_shown: bool = False,
) -> Made:
    """Make the page of the experiment in ``folder``.

    If the experiment ``is_new``, just measured, its A/A noise is saved in the folder, provided
    that the experiment supports it. With ``is_host_shown`` the page names the host and real paths.

    Raises NothingToDoError if nothing was measured, NoResultError if every worker failed.
    """
    made_from = fingerprint(folder)  # before it is read: what is added meanwhile changes it
    experiment = experiment_folder.load(folder)
    if not experiment.outcomes:
        raise NothingToDoError(
            f"{folder.name} has no measurement yet: continue with --resume {folder.name}"
        )
    manifest, outcomes, runs = experiment.manifest, experiment.outcomes, experiment.runs
    analysis = analyse(manifest, outcomes, runs=runs, notes=experiment.notes)
    if is_new and analysis.aa is not None:
        done, letter = analysis.blocks_done, analysis.grade.letter
        if not why_not_kept(manifest, analysis.aa, blocks=done, letter=letter):
            write_noise(folder, noise_of(manifest, analysis.aa, blocks=done, letter=letter))
    material = gather(manifest, outcomes, runs, analysis, is_host_shown=is_host_shown)
    shown = material.analysis
    page = write_report(shown, reports / manifest.id, attachments=attachments(material))
    # The index is for everybody, even if this page is private.
    keep_summary(redacted(analysis) if is_host_shown else shown, page.parent, made_from=made_from)
    text = analysis_document(analysis, page) if is_json else _text(shown, page, experiment.notes)
    made = Made(page=page, text=text)
    if all(outcome.status is not Status.OK for outcome in outcomes):
        raise NoResultError(f"no worker succeeded; {_first_reason(analysis, outcomes)}", made)
    return made


def _text(shown: Redacted, page: Path, notes: tuple[str, ...]) -> str:
    lines = [*summary_lines(shown), *(f"note: {note}" for note in notes)]
    return "\n".join([*lines, f"Report: {page}", ""])


def _first_reason(analysis: Analysis, outcomes: tuple[Outcome, ...]) -> str:
    """Return why there is no result, and what can be done about it where that is known."""
    first = outcomes[0]
    for back in analysis.gil_backs[:1]:
        ways = ways_on(analysis.manifest.plan, back.variant)
        return f"{back.variant}: {gil_back_sentence(back)}: {ways}"
    return f"{first.job.cell.name}: {first.reason}"
