"""Say which entries of the store are in use, so that nobody removes them meanwhile."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from harness.errors import InterpreterError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model import Build

__all__ = [
    "USED",
    "alone",
    "build_lock",
    "hold",
    "hold_builds",
    "hold_environment",
    "holding",
    "mark_used",
    "unused",
]

USED = "used"
"""A file in the entry's folder; its time of modification is that of the last use."""
_held: set[tuple[str, str]] = set()


def mark_used(root: Path, key: str) -> None:
    """Note that the entry is used now; a store that cannot be written to stays as it is."""
    with contextlib.suppress(OSError):
        (root / "interpreters" / key / USED).touch()


def hold(root: Path, key: str) -> None:
    """Keep the entry from being removed until this process ends.

    Raises ``InterpreterError`` when it is gone already. Workers do not inherit the lock:
    one that hangs must not keep an entry for ever.
    """
    if (str(root), key) in _held:
        mark_used(root, key)
        return
    descriptor = _shared(root, key)
    if descriptor is not None:
        _held.add((str(root), key))  # the descriptor stays open on purpose


def hold_environment(root: Path, name: str) -> None:
    """Keep a folder of packages from being removed until this process ends."""
    if sys.platform != "win32" and (str(root), name) not in _held:
        # Somebody else's store may be read-only, and then cannot be pruned from here either.
        with contextlib.suppress(OSError):
            fcntl.flock(_opened(root, name), fcntl.LOCK_SH)
            _held.add((str(root), name))  # the descriptor stays open on purpose


@contextlib.contextmanager
def holding(root: Path, key: str) -> Iterator[None]:
    """Keep the entry from being removed for as long as the block takes."""
    descriptor = _shared(root, key)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def hold_builds(root: Path, builds: Iterable[Build]) -> None:
    """Hold every build that lives in the store; the others are not ours to remove."""
    store = root / "interpreters"
    places = {store.absolute(), store.resolve()}
    paths = {Path(path) for build in builds for path in (build.path, build.real_path)}
    keys = {
        path.relative_to(place).parts[0]
        for path in paths
        for place in places
        if path != place and path.is_relative_to(place)
    }
    for key in sorted(keys):
        hold(root, key)


def build_lock(root: Path, key: str) -> filelock.BaseFileLock:
    """Return the lock of whoever makes the entry, not yet taken."""
    return filelock.FileLock(root / "locks" / f"{key}.lock")


@contextlib.contextmanager
def unused(root: Path, key: str) -> Iterator[None]:
    """Let no run begin to use the entry; raise ``InterpreterError`` when one does."""
    with contextlib.ExitStack() as stack:
        if sys.platform != "win32":
            descriptor = _opened(root, key)
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InterpreterError(
                    f"{key} is in use by a run that is going on: wait until it is done"
                ) from None
        yield


@contextlib.contextmanager
def alone(root: Path, key: str) -> Iterator[None]:
    """Let nobody make or use the entry; raise ``InterpreterError`` when somebody does."""
    (root / "locks").mkdir(parents=True, exist_ok=True)
    lock = build_lock(root, key)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise InterpreterError(
            f"{key} is being made by another run: wait until it is done"
        ) from None
    try:
        with unused(root, key):
            yield
    finally:
        lock.release()


def _shared(root: Path, key: str) -> int | None:
    """Return the open lock, ``None`` where there are no such locks."""
    descriptor = None
    if sys.platform != "win32":
        # Somebody else's store may be read-only, and then cannot be pruned from here either.
        with contextlib.suppress(OSError):
            descriptor = _opened(root, key)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
    if not (root / "interpreters" / key).is_dir():
        if descriptor is not None:
            os.close(descriptor)
        raise InterpreterError(f"{key} was removed by another run: run the same command again")
    mark_used(root, key)
    return descriptor


def _opened(root: Path, key: str) -> int:
    # Never deleted: two runs must not lock two files of one name. Not inherited (PEP 446).
    (root / "locks").mkdir(parents=True, exist_ok=True)
    return os.open(root / "locks" / f"{key}.use", os.O_RDWR | os.O_CREAT, 0o666)
