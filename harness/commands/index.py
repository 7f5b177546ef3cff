"""``reports/index.html``: the list of all pages, updated whenever one was made."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.commands.made import Made
from harness.errors import HarnessError, StoreError, WorkerError, os_error_as
from harness.files import plain_facts
from harness.json_output import document
from harness.report.index.html import write_index
from harness.report.index.outdated import PAGE, is_outdated
from harness.report.index.summarise import summary_of
from harness.report.index.summary_file import (
    SUMMARY,
    CompareSummary,
    Summary,
    read_summary,
    write_summary,
)
from harness.report.index.trends import Listed
from harness.report.index.view import Pages
from harness.report.redaction import redacted
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.storage.fingerprint import fingerprint
from harness.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Tell = Callable[[str], None]

__all__ = ["index_kept", "make_all", "make_index"]

_MAX_REMADE = 10
"""Summaries made again in passing; more take minutes, and are for ``report --all``."""
_MAX_TURNS = 3
_MAX_NAMED = 5


@contextlib.contextmanager
def index_kept(reports: Path, results: Path, *, tell: Tell) -> Iterator[None]:
    """Make the index again after this block, even if it ends with an error of ours.

    Failing to make it is only reported: the page that was made is there.
    """
    try:
        yield
    except HarnessError:
        _keep(reports, results, tell)
        raise
    _keep(reports, results, tell)


def _keep(reports: Path, results: Path, tell: Tell) -> None:
    if not reports.is_dir():
        return
    try:
        make_index(reports, results, tell=tell)
    except (HarnessError, OSError) as error:
        tell(f"The index of all pages was not made: {error}")


def make_index(reports: Path, results: Path, *, tell: Tell = lambda line: None) -> Path:  # noqa: ARG005
    """Write the index of all pages in ``reports``; return its path. Raises StoreError.

    The last writer has seen everything: what others added meanwhile is looked for again. ``tell``
    gets a line for each experiment that cannot be read.
    """
    told: dict[str, None] = {}
    for _ in range(_MAX_TURNS):
        before = _state(reports)
        path = write_index(_pages(reports, results, tell=told.setdefault), reports)
        if _state(reports) == before:
            break
    for line in told:
        tell(line)
    return path


def _folders(reports: Path) -> list[os.DirEntry[str]]:
    with os_error_as(StoreError, f"{reports} cannot be read"), os.scandir(reports) as entries:
        folders = [entry for entry in entries if entry.name != PAGE and entry.name[0] != "."]
    return sorted(folders, key=lambda entry: entry.name, reverse=True)


def _state(reports: Path) -> tuple[tuple[object, ...], ...]:
    """Return what changes when a page or a summary is added, removed or made again."""
    state = []
    for entry in _folders(reports):
        if entry.is_dir(follow_symlinks=False):
            summary = plain_facts(reports / entry.name / SUMMARY)
            facts = (summary.st_mtime_ns, summary.st_ino, summary.st_size) if summary else ()
            state.append((entry.name, plain_facts(reports / entry.name / PAGE) is not None, *facts))
    return tuple(state)


def _pages(reports: Path, results: Path, *, tell: Callable[[str], object]) -> Pages:
    experiments, comparisons, others, refused = [], [], [], []
    left = _MAX_REMADE
    for entry in _folders(reports):
        folder = reports / entry.name
        if entry.is_symlink():
            refused.append(entry.name)
            continue
        if not entry.is_dir(follow_symlinks=False) or plain_facts(folder / PAGE) is None:
            continue
        summary = read_summary(folder)
        manifest = results / entry.name / experiment_folder.MANIFEST
        if summary is None and left and plain_facts(manifest):
            left -= 1
            summary = _remade(results / entry.name, folder, tell=tell)
        match summary:
            case Summary():
                experiments.append(Listed(folder=entry.name, summary=summary))
            case CompareSummary():
                comparisons.append((entry.name, summary))
            case None:
                others.append(entry.name)
    return Pages(
        experiments=tuple(experiments),
        comparisons=tuple(comparisons),
        others=tuple(others),
        refused=tuple(refused),
    )


def _remade(results: Path, folder: Path, *, tell: Callable[[str], object]) -> Summary | None:
    """Make the summary of a page again; ``None`` where the results do not allow it."""
    if results.is_symlink():
        return None
    try:
        made_from = fingerprint(results)
        experiment = experiment_folder.load(results)
        if experiment.manifest.id != results.name or not experiment.outcomes:
            return None
        analysis = analyse(experiment.manifest, experiment.outcomes, runs=experiment.runs)
        summary = summary_of(redacted(analysis), made_from=made_from)
        write_summary(summary, folder)
    except StoreError as error:
        tell(f"{folder.name} is listed without numbers: {error}")
        return None
    except (HarnessError, ValueError):  # ValueError: texts of a manifest too long for a summary
        return None
    return summary


def make_all(
    results: Path, reports: Path, *, make: Callable[[Path], object], is_json: bool
) -> Made:
    """Make every page that is missing or older than its results, and the index.

    ``make`` makes the page of an experiment folder; one that fails does not stop the others.
    Raises StoreError where the index cannot be written.
    """
    made, current, failed = [], 0, {}
    folders = experiment_folder.newest_first(results)
    with screen() as shown:
        for number, folder in enumerate(folders, start=1):
            try:
                if not is_outdated(folder, reports / folder.name):
                    current += 1
                    continue
                shown.reporting(folder.name, number=number, of=len(folders))
                with contextlib.suppress(WorkerError):  # it has a page that explains it
                    make(folder)
                made.append(folder.name)
            except HarnessError as error:
                failed[folder.name] = str(error)
    with contextlib.suppress(OSError):
        reports.mkdir(parents=True, exist_ok=True)
    index = make_index(reports, results)  # what cannot be read is in ``failed``
    text = f"{count(len(made), 'page')} made, {current} up to date.\nIndex: {index}\n"
    if is_json:
        rows = [{"experiment": name, "reason": reason} for name, reason in failed.items()]
        text = document({"made": made, "current": current, "failed": rows, "index": str(index)})
    named = [f"{name} ({reason})" for name, reason in list(failed.items())[:_MAX_NAMED]]
    if len(failed) > _MAX_NAMED:
        named.append(f"{len(failed) - _MAX_NAMED} more")
    failure = f"not every page could be made: {'; '.join(named)}" if named else ""
    return Made(page=index, text=text, failure=failure)
