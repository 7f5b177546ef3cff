"""The only writer of an experiment folder: appends to its journal, and watches over it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import TYPE_CHECKING

from harness.errors import StoreError, UnsavedError, os_error_as
from harness.files import plain_facts, try_lock, write_whole
from harness.storage.journal import JOURNAL, encoded
from harness.storage.manifest import MANIFEST, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from harness.model import Manifest, Outcome

    Say = Callable[[str], None]

__all__ = ["MAKE_ROOM", "Writer", "ignore", "opened"]

MAKE_ROOM = "free some space or give another --results folder"
_CHUNK = 1 << 20


def ignore(line: str) -> None:
    """Say nothing."""
    del line


@dataclasses.dataclass(kw_only=True)
class Writer:
    """An experiment folder opened by its only writer."""

    folder: Path
    say: Say
    """Show a line to the user."""
    manifest: Manifest | None = None
    """Written again if it is removed; ``None`` before it was written."""
    _descriptor: int

    def append(self, outcomes: Sequence[Outcome]) -> None:
        """Append outcomes in one write and flush them to the disk; raises UnsavedError."""
        self._ensure_in_place()
        with self._errors():
            lines = encoded(outcomes)
            while lines:
                lines = lines[os.write(self._descriptor, lines) :]
            os.fsync(self._descriptor)

    def rewrite(self, outcomes: Sequence[Outcome]) -> None:
        """Replace the journal by one of these outcomes alone, at once; raises StoreError."""
        self._replace(encoded(outcomes))

    def close(self) -> None:
        """Release the lock."""
        os.close(self._descriptor)

    @property
    def _path(self) -> Path:
        return self.folder / JOURNAL

    def _errors(self) -> contextlib.AbstractContextManager[None]:
        hint = f"{MAKE_ROOM}, then continue with --resume {self.folder.name}"
        return os_error_as(UnsavedError, f"{self._path} cannot be written", hint)

    def _ensure_in_place(self) -> None:
        """Write again what somebody removed; raise UnsavedError if that cannot be."""
        with self._errors():
            ours, there = os.fstat(self._descriptor), plain_facts(self._path)
            if not self.folder.is_dir():
                raise _gone(self.folder, is_moved=ours.st_nlink > 0)
            if there is None or not os.path.samestat(ours, there):
                self._restore_journal()
            if self.manifest is not None and plain_facts(self.folder / MANIFEST) is None:
                write_manifest(self.folder, self.manifest)
                self.say(f"{self.folder / MANIFEST} was removed: it is written again.")

    def _restore_journal(self) -> None:
        lines = self._written()
        if os.path.lexists(self._path):
            kept = self.folder / f"journal.kept-{os.getpid()}.jsonl"
            write_whole(kept, lines)
            raise UnsavedError(
                f"{self._path} was replaced by another file while this run was writing it, so "
                f"measuring has stopped; the lines of this run are in {kept.name}"
            )
        self._replace(lines)
        self.say(f"{self._path} was removed: it is written again, and nothing is lost.")

    def _written(self) -> bytes:
        """Return the lines so far, also of a file that has no name any more."""
        chunks: list[bytes] = []
        size = 0
        while chunk := os.pread(self._descriptor, _CHUNK, size):
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)

    def _replace(self, lines: bytes) -> None:
        with self._errors():
            write_whole(self._path, lines)
        descriptor = _locked_journal(self.folder)
        os.close(self._descriptor)
        self._descriptor = descriptor


@contextlib.contextmanager
def opened(folder: Path, *, say: Say) -> Iterator[Writer]:
    """Open the journal of an experiment folder, for one writer at a time; raises StoreError."""
    with _locked_folder(folder):
        writer = Writer(folder=folder, say=say, _descriptor=_locked_journal(folder))
        try:
            yield writer
        finally:
            writer.close()


@contextlib.contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    """Lock the folder too, where it can be: who removes the journal does not remove this lock."""
    descriptor = None
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        with contextlib.suppress(OSError):
            if descriptor is not None and not try_lock(descriptor):
                raise _in_use(folder)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked_journal(folder: Path) -> int:
    """Return the descriptor of the journal, made if there is none, and locked."""
    path = folder / JOURNAL
    # Neither follow a link nor wait for the other end of a named pipe.
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os_error_as(StoreError, f"{path} cannot be opened"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | flags, 0o644)
    problem: StoreError | None = None
    if plain_facts(path) is None:
        problem = StoreError(f"{path} is no plain file: move it away")
    try:
        if problem is None and not try_lock(descriptor):
            problem = _in_use(folder)
    except OSError as error:
        problem = StoreError(
            f"{path} cannot be locked: {error.strerror}; give another --results folder"
        )
    if problem is not None:
        os.close(descriptor)
        raise problem
    return descriptor


def _gone(folder: Path, *, is_moved: bool) -> UnsavedError:
    what, how = "removed", "start a new experiment"
    if is_moved:
        what, how = "moved", "continue it there with --resume and its new path"
    return UnsavedError(
        f"{folder} was {what} while this run was writing it, so measuring has stopped: {how}"
    )


def _in_use(folder: Path) -> StoreError:
    return StoreError(
        f"{folder.name} is being written by another run: wait for it, or start a new experiment"
    )
