"""The experiment folder: a manifest and a journal that is only ever appended to."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import StoreError, nearest, os_error_as
from harness.files import sync_folder
from harness.invocation import to_type
from harness.storage import journal
from harness.storage.completeness import complaints, without_broken_groups
from harness.storage.journal import JOURNAL
from harness.storage.manifest import (
    MANIFEST,
    SCHEMA_VERSION,
    manifest_bytes,
    read_manifest,
    write_manifest,
)
from harness.storage.stubs import clear_stubs, remove_stub
from harness.storage.writer import MAKE_ROOM, Writer, ignore, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Manifest, Outcome
    from harness.storage.worker_result import Runs
    from harness.storage.writer import Say

__all__ = [
    "JOURNAL",
    "MANIFEST",
    "SCHEMA_VERSION",
    "Experiment",
    "Writer",
    "append_to",
    "choose",
    "create",
    "find",
    "has_outcomes",
    "load",
    "manifest_bytes",
    "newest_first",
    "prepare",
    "read_manifest",
]

_MAX_NAMED = 10
_PLACES = {"last": slice(0, 1), "prev": slice(1, 2)}
"""Names of the newest experiments; no id begins so."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """The content of an experiment folder."""

    folder: Path
    manifest: Manifest
    outcomes: tuple[Outcome, ...]
    """In the order they were written."""
    runs: Runs = dataclasses.field(default_factory=dict)
    """The outcomes' decoded runs, by the key of the job."""
    torn_bytes: int = 0
    """Length of an unfinished last line that was dropped, 0 when there was none."""
    repeated: tuple[int, ...] = ()
    """Numbers of the journal's lines that were dropped, as an earlier one has the same job."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return notes for the readers of its results."""
        notes = ["The journal's last line was torn and is left out."] if self.torn_bytes else []
        if self.repeated:
            lines = ", ".join(map(str, self.repeated[:_MAX_NAMED]))
            more = ", …" if len(self.repeated) > _MAX_NAMED else ""
            notes.append(
                "The journal has some jobs more than once. Only the first line of each counts; "
                f"left out: {lines}{more}."
            )
        return (*notes, *complaints(self.manifest.plan, self.outcomes))


def prepare(results: Path, *, reports: Path) -> None:
    """Make sure that experiments can be written to ``results`` and pages to ``reports``.

    Raises StoreError: before minutes are spent on interpreters and measurements.
    """
    for folder, name in ((results, "results"), (reports, "reports")):
        with _writable(folder, name):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()


def _writable(folder: Path, name: str) -> contextlib.AbstractContextManager[None]:
    what = f"{name} folder {folder} cannot be written"
    return os_error_as(StoreError, what, f"give another with --{name}")


@contextlib.contextmanager
def create(results: Path, manifest: Manifest, *, say: Say = ignore) -> Iterator[Writer]:
    """Make the folder ``results/<id>`` with its manifest, and open it for writing.

    ``say`` shows what the writer notices later.
    """
    folder = results / manifest.id
    with _writable(results, "results"):
        results.mkdir(parents=True, exist_ok=True)
        clear_stubs(results)
        try:
            folder.mkdir()
        except FileExistsError as error:
            raise StoreError(f"{folder} exists already: start again in a second") from error
    with opened(folder, say=say) as writer:
        try:
            with os_error_as(StoreError, f"{folder / MANIFEST} cannot be written", MAKE_ROOM):
                write_manifest(folder, manifest)
        except StoreError:
            remove_stub(folder)
            raise
        sync_folder(results)
        writer.manifest = manifest
        yield writer


@contextlib.contextmanager
def append_to(experiment: Experiment, *, say: Say = ignore) -> Iterator[tuple[Writer, Experiment]]:
    """Open an existing experiment for writing; yields the writer and the folder's content.

    The content is read again under the lock. A torn last line is removed, and what was written of
    a group that is not complete: its cells are compared, and so it is measured as a whole.
    """
    with opened(experiment.folder, say=say) as writer:
        current = load(experiment.folder)
        writer.manifest = current.manifest
        kept = without_broken_groups(current.manifest.plan, current.outcomes)
        if current.torn_bytes or current.repeated or len(kept) < len(current.outcomes):
            writer.rewrite(kept)
            runs = {outcome.job.key for outcome in kept} & current.runs.keys()
            current = dataclasses.replace(
                current, outcomes=kept, runs={key: current.runs[key] for key in runs}
            )
        yield writer, current


def has_outcomes(folder: Path) -> bool:
    """Return whether an experiment folder has an outcome, however little else is known of it."""
    with contextlib.suppress(OSError):
        return (folder / JOURNAL).stat().st_size > 0
    return False


@contextlib.contextmanager
def _garbage_left() -> Iterator[None]:
    """Pause the garbage collector: all that is decoded is kept, and collecting costs 10%."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_garbage_left()
def load(folder: Path) -> Experiment:
    """Read an experiment folder. A torn last line is dropped and counted.

    Raises StoreError for anything else that is malformed, naming file and line.
    """
    manifest = read_manifest(folder)
    content = journal.read(folder, manifest.plan)
    return Experiment(
        folder=folder,
        manifest=manifest,
        outcomes=content.outcomes,
        runs=content.runs,
        torn_bytes=content.torn_bytes,
        repeated=content.repeated,
    )


def newest_first(results: Path) -> tuple[Path, ...]:
    """Return the experiment folders in ``results``, newest first (ids begin with their time)."""
    folders = (path.parent for path in results.glob(f"*/{MANIFEST}"))
    return tuple(sorted(folders, key=lambda folder: folder.name, reverse=True))


def choose(results: Path, query: str) -> Path:
    """Return the folder of experiment ``query``, by default of the newest; raises StoreError."""
    newest = newest_first(results)
    return find(results, query) if query or not newest else newest[0]


def find(results: Path, query: str) -> Path:
    """Return the folder of experiment ``query`` (an id, its beginning, ``last`` or a path).

    ``prev`` is the one before the last.

    Raises StoreError when there is none or more than one.
    """
    # Not Path.is_file, which raises for a name longer than any file name.
    if os.path.isfile(Path(query) / MANIFEST):  # noqa: PTH113
        return Path(query)
    names = {folder.name: folder for folder in newest_first(results)}
    if not names:
        raise StoreError(f"no experiment in {results}: make one with {to_type('bench')}")
    exact = [query] if query in names else [*names][_PLACES[query]] if query in _PLACES else []
    matches = exact or [name for name in names if name.startswith(query)]
    if len(matches) != 1:
        what = f"{len(matches)} experiments begin with" if matches else "no experiment is called"
        raise StoreError(f"{what} {query!r} in {results}; {nearest(query, matches or names)}")
    return names[matches[0]]
