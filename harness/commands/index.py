"""``reports/index.html``: which pages there are, kept up whenever one was made."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.errors import HarnessError, StoreError, WorkerError
from harness.files import plain_facts
from harness.json_output import document
from harness.report.index.html import write_index
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
from harness.storage import experiment_folder
from harness.storage.fingerprint import fingerprint
from harness.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Tell = Callable[[str], None]

__all__ = ["AllMade", "index_kept", "make_all", "make_index"]

PAGE = "index.html"
_MAX_REMADE = 10
"""Summaries made again in passing; more take minutes, and are for ``report --all``."""
_MAX_TURNS = 3
_MAX_NAMED = 5


@contextlib.contextmanager
def index_kept(reports: Path, results: Path, *, tell: Tell) -> Iterator[None]:
    """Make the index again after what is done here, even if that ends with an error of ours.

    That it cannot be made is told, and no error: the page that was made is there.
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
        make_index(reports, results)
    except (HarnessError, OSError) as error:
        tell(f"The index of all pages was not made: {error}")


def make_index(reports: Path, results: Path) -> Path:
    """Write the index of all pages in ``reports``; return its path. Raises StoreError.

    Whoever writes last has seen everything: what others added meanwhile is looked for again.
    """
    for _ in range(_MAX_TURNS):
        before = _state(reports)
        path = write_index(_pages(reports, results), reports)
        if _state(reports) == before:
            break
    return path


def _folders(reports: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(reports) as entries:
            found = [one for one in entries if one.name != PAGE and one.name[0] != "."]
    except OSError as error:
        raise StoreError(f"{reports} cannot be read: {error.strerror}") from error
    return sorted(found, key=lambda one: one.name, reverse=True)


def _state(reports: Path) -> tuple[tuple[object, ...], ...]:
    """Return what changes when a page or a summary is added, removed or made again."""
    found = []
    for entry in _folders(reports):
        if entry.is_dir(follow_symlinks=False):
            summary = plain_facts(reports / entry.name / SUMMARY)
            facts = (summary.st_mtime_ns, summary.st_ino, summary.st_size) if summary else ()
            found.append((entry.name, plain_facts(reports / entry.name / PAGE) is not None, *facts))
    return tuple(found)


def _pages(reports: Path, results: Path) -> Pages:
    experiments, comparisons, others, refused = [], [], [], []
    left = _MAX_REMADE
    for entry in _folders(reports):
        folder = reports / entry.name
        if entry.is_symlink():
            refused.append(entry.name)
            continue
        if not entry.is_dir(follow_symlinks=False) or plain_facts(folder / PAGE) is None:
            continue
        found = read_summary(folder)
        if (
            found is None
            and left
            and plain_facts(results / entry.name / experiment_folder.MANIFEST)
        ):
            left -= 1
            found = _remade(results / entry.name, folder)
        match found:
            case Summary():
                experiments.append(Listed(folder=entry.name, summary=found))
            case CompareSummary():
                comparisons.append((entry.name, found))
            case None:
                others.append(entry.name)
    return Pages(
        experiments=tuple(experiments),
        comparisons=tuple(comparisons),
        others=tuple(others),
        refused=tuple(refused),
    )


def _remade(results: Path, folder: Path) -> Summary | None:
    """Make the summary of a page again; ``None`` where the results do not allow it."""
    if results.is_symlink():
        return None
    try:
        made_from = fingerprint(results)
        experiment = experiment_folder.load(results)
        if experiment.manifest.id != results.name or not experiment.outcomes:
            return None
        analysis = analyse(experiment.manifest, experiment.outcomes, runs=experiment.runs)
        found = summary_of(redacted(analysis), made_from=made_from)
        write_summary(found, folder)
    except (HarnessError, ValueError):  # ValueError: a manifest whose texts no summary can hold
        return None
    return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class AllMade:
    """What ``report --all`` did."""

    page: Path
    """The index."""
    text: str
    """What standard output gets."""
    failure: str
    """Which pages could not be made, and why; empty when all were."""


def make_all(
    results: Path, reports: Path, *, make: Callable[[Path], object], is_json: bool
) -> AllMade:
    """Make every page that is missing or not of what its results are now, and the index.

    ``make`` makes the page of an experiment folder. One that cannot be made keeps no other from
    being made. Raises StoreError where the index cannot be written.
    """
    made, current, failed = [], 0, {}
    for folder in experiment_folder.newest_first(results):
        try:
            if not _is_outdated(folder, reports / folder.name):
                current += 1
                continue
            with contextlib.suppress(WorkerError):  # it has a page, which says why
                make(folder)
            made.append(folder.name)
        except HarnessError as error:
            failed[folder.name] = str(error)
    with contextlib.suppress(OSError):
        reports.mkdir(parents=True, exist_ok=True)
    index = make_index(reports, results)
    text = f"{count(len(made), 'page')} made, {current} up to date.\nIndex: {index}\n"
    if is_json:
        rows = [{"experiment": name, "reason": reason} for name, reason in failed.items()]
        text = document({"made": made, "current": current, "failed": rows, "index": str(index)})
    named = [f"{name} ({reason})" for name, reason in list(failed.items())[:_MAX_NAMED]]
    if len(failed) > _MAX_NAMED:
        named.append(f"{len(failed) - _MAX_NAMED} more")
    said = f"not every page could be made: {'; '.join(named)}" if named else ""
    return AllMade(page=index, text=text, failure=said)


def _is_outdated(folder: Path, page: Path) -> bool:
    if plain_facts(page / PAGE) is None:
        return True
    found = read_summary(page)
    return not isinstance(found, Summary) or found.made_from != fingerprint(folder)
