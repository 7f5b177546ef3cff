"""The experiment folder: a manifest and a journal that is only ever appended to."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import msgspec

from harness.errors import StoreError, nearest, os_error_as
from harness.files import write_whole
from harness.invocation import to_type
from harness.model import Manifest, Outcome, Status
from harness.storage.consistency import complaint_about, outcome_checker
from harness.storage.earlier_workloads import with_facts
from harness.storage.worker_result import RunFormatError, read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Cell
    from harness.storage.worker_result import RunData, Runs

__all__ = [
    "SCHEMA_VERSION",
    "Experiment",
    "Writer",
    "append_to",
    "choose",
    "create",
    "find",
    "load",
    "manifest_bytes",
    "newest_first",
    "prepare",
    "read_manifest",
]

SCHEMA_VERSION = 3
"""2 has more facts of the workloads than 1: deadline, notes, rank. 3 has the turns of rounds."""
MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
LOCK = ".lock"
_MAKE_ROOM = "free some space or give another --results folder"

_outcome_decoder = msgspec.json.Decoder(Outcome)
_encoder = msgspec.json.Encoder()
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The errors of decoding: no JSON, JSON of another shape, endless brackets."""


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

    @property
    def notes(self) -> tuple[str, ...]:
        """Return notes for the readers of its results."""
        return ("The journal's last line was torn and is left out.",) if self.torn_bytes else ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Writer:
    """An experiment folder opened by its only writer."""

    folder: Path
    _descriptor: int

    def append(self, outcomes: Sequence[Outcome]) -> None:
        """Append outcomes in one write and flush them to the disk; raises StoreError."""
        line = b"".join(_encoder.encode(outcome) + b"\n" for outcome in outcomes)
        hint = f"{_MAKE_ROOM}, then continue with --resume {self.folder.name}"
        with os_error_as(StoreError, f"{self.folder / JOURNAL} cannot be written", hint):
            while line:
                line = line[os.write(self._descriptor, line) :]
            # What has no disk behind it (a pipe, a device) cannot be synced, and need not be.
            with contextlib.suppress(ValueError):
                os.fsync(self._descriptor)


def prepare(results: Path) -> None:
    """Make sure that experiments can be written to ``results``; raises StoreError."""
    with _writable(results):
        results.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=results).close()


def _writable(results: Path) -> contextlib.AbstractContextManager[None]:
    what = f"results folder {results} cannot be written"
    return os_error_as(StoreError, what, "give another with --results")


@contextlib.contextmanager
def create(results: Path, manifest: Manifest) -> Iterator[Writer]:
    """Make the folder ``results/<id>`` with its manifest, and open it for writing."""
    folder = results / manifest.id
    with _writable(results):
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            raise StoreError(f"{folder} exists already: start again in a second") from error
    with _locked(folder):
        encoded = _encoder.encode(manifest)
        try:
            msgspec.json.decode(encoded, type=Manifest)  # an unreadable one is not written
        except msgspec.ValidationError as error:
            raise StoreError(f"{folder / MANIFEST} would not be readable: {error}") from error
        with os_error_as(StoreError, f"{folder / MANIFEST} cannot be written", _MAKE_ROOM):
            write_whole(folder / MANIFEST, msgspec.json.format(encoded))
        with _journal(folder) as writer:
            yield writer


@contextlib.contextmanager
def append_to(experiment: Experiment) -> Iterator[tuple[Writer, Experiment]]:
    """Open an existing experiment for writing; yields the writer and the folder's content.

    The content is read again under the lock. A torn last line is cut off, and what was written of
    a group that is not complete: its cells are compared, and so it is measured as a whole.
    """
    with _locked(experiment.folder):
        current = load(experiment.folder)
        kept = _without_broken_group(current)
        if current.torn_bytes or len(kept) < len(current.outcomes):
            _truncate(experiment.folder / JOURNAL, lines=len(kept))
            runs = {outcome.job.key for outcome in kept} & current.runs.keys()
            current = dataclasses.replace(
                current, outcomes=kept, runs={key: current.runs[key] for key in runs}
            )
        with _journal(experiment.folder) as writer:
            yield writer, current


def _without_broken_group(experiment: Experiment) -> tuple[Outcome, ...]:
    """Return the outcomes without those of a last group that is not complete."""
    plan, outcomes = experiment.manifest.plan, experiment.outcomes
    if not outcomes or not outcomes[-1].job.is_timed:
        return outcomes
    last = outcomes[-1].job
    name = plan.group_of(last.cell)
    group = [
        outcome
        for outcome in outcomes
        if outcome.job.is_timed
        and outcome.job.block == last.block
        and plan.group_of(outcome.job.cell) == name
    ]
    size = sum(plan.group_of(cell) == name for cell in plan.cells)
    return outcomes if len(group) == size else outcomes[: -len(group)]


def _truncate(journal: Path, *, lines: int) -> None:
    with os_error_as(StoreError, f"{journal} cannot be cut"), journal.open("rb+") as file:
        for _ in range(lines):
            file.readline()
        file.truncate(file.tell())


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = filelock.FileLock(folder / LOCK)
    with os_error_as(StoreError, f"{folder} cannot be locked", "give another --results folder"):
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise StoreError(
                f"{folder.name} is being written by another run: "
                "wait for it, or start a new experiment"
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _journal(folder: Path) -> Iterator[Writer]:
    with os_error_as(StoreError, f"{folder / JOURNAL} cannot be opened"):
        descriptor = os.open(folder / JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        yield Writer(folder=folder, _descriptor=descriptor)
    finally:
        os.close(descriptor)


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
    complaint_about_outcome = outcome_checker(manifest.plan)
    outcomes: list[Outcome] = []
    runs: dict[tuple[bool, int, Cell], RunData] = {}
    rest = b""
    for line in _lines(folder / JOURNAL):
        if not line.endswith(b"\n"):
            rest = line  # and there is no other line
            continue
        try:
            outcome = _outcome_decoder.decode(line)
            run = read_run(outcome.run) if outcome.status is Status.OK else None
        except (*_UNREADABLE, RunFormatError) as error:
            raise _damaged(folder, len(outcomes) + 1, str(error)) from error
        if complaint := complaint_about_outcome(outcome, run):
            raise _damaged(folder, len(outcomes) + 1, complaint)
        outcomes.append(outcome)
        if run is not None:
            runs[outcome.job.key] = run
    return Experiment(
        folder=folder, manifest=manifest, outcomes=tuple(outcomes), runs=runs, torn_bytes=len(rest)
    )


def _lines(journal: Path) -> Iterator[bytes]:
    """Yield the lines with their line breaks: the whole file is never in memory twice."""
    with (
        os_error_as(StoreError, f"{journal} cannot be read"),
        contextlib.suppress(FileNotFoundError),
        journal.open("rb") as file,
    ):
        yield from file


def _damaged(folder: Path, number: int, why: str) -> StoreError:
    return StoreError(
        f"{folder / JOURNAL}, line {number} is damaged ({why}): remove that line to give up its "
        f"job, or restore the file"
    )


class _Version(msgspec.Struct):
    schema_version: int


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an experiment folder; raises StoreError."""
    path, data = folder / MANIFEST, manifest_bytes(folder)
    try:
        # The version first: a newer schema may have fields that this one refuses.
        version = msgspec.json.decode(data, type=_Version).schema_version
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{path} has schema {version}, this version reads up to {SCHEMA_VERSION}: "
                f"update gilscope to read it"
            )
        manifest = msgspec.json.decode(data, type=Manifest)
    except _UNREADABLE as error:
        raise StoreError(f"{path} is damaged: {error}") from error
    if complaint := complaint_about(manifest):
        raise StoreError(f"{path} is damaged: {complaint}")
    return with_facts(manifest) if version == 1 else manifest


def manifest_bytes(folder: Path) -> bytes:
    """Return the manifest of an experiment folder as it is stored; raises StoreError."""
    path = folder / MANIFEST
    hint = f"is {folder.name} an experiment folder?"
    with os_error_as(StoreError, f"{path} cannot be read", hint):
        return path.read_bytes()


def newest_first(results: Path) -> tuple[Path, ...]:
    """Return the experiment folders in ``results``, newest first (ids begin with their time)."""
    folders = (path.parent for path in results.glob(f"*/{MANIFEST}"))
    return tuple(sorted(folders, key=lambda folder: folder.name, reverse=True))


def choose(results: Path, query: str) -> Path:
    """Return the folder of experiment ``query``, by default of the newest; raises StoreError."""
    newest = newest_first(results)
    return find(results, query) if query or not newest else newest[0]


def find(results: Path, query: str) -> Path:
    """Return the folder of experiment ``query`` (an id, its beginning, or a path).

    Raises StoreError when there is none or more than one.
    """
    # Not Path.is_file, which raises for a name longer than any file name.
    if os.path.isfile(Path(query) / MANIFEST):  # noqa: PTH113
        return Path(query)
    names = {folder.name: folder for folder in newest_first(results)}
    if not names:
        raise StoreError(f"no experiment in {results}: make one with {to_type('bench')}")
    exact = [query] if query in names else []
    matches = exact or [name for name in names if name.startswith(query)]
    if len(matches) != 1:
        what = f"{len(matches)} experiments begin with" if matches else "no experiment is called"
        raise StoreError(f"{what} {query!r} in {results}; {nearest(query, matches or names)}")
    return names[matches[0]]
