"""Locks that keep a cached build or folder from being removed while it is in use."""

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
    "build_lock",
    "exclusive_lock",
    "if_unused",
    "key_of",
    "lock_builds",
    "lock_environment",
    "lock_until_exit",
    "shared_lock",
]

USED = "used"
"""A file in the entry's folder; its modification time is the time of the last use."""
_locked: set[tuple[str, str]] = set()
"""Locked until this process ends; their descriptors stay open on purpose."""


def lock_until_exit(root: Path, key: str) -> None:
    """Keep the entry from being removed until this process ends.

    Raises ``InterpreterError`` if it has been removed. Workers do not inherit the lock: a hanging
    worker must not keep an entry forever.
    """
    if (str(root), key) in _locked:
        _mark_used(root, key)
    elif _lock(root, key) is not None:
        _locked.add((str(root), key))


def lock_environment(root: Path, name: str) -> None:
    """Keep a folder of packages from being removed until this process ends."""
    if (str(root), name) not in _locked and _share(root, name) is not None:
        _locked.add((str(root), name))


@contextlib.contextmanager
def shared_lock(root: Path, key: str) -> Iterator[None]:
    """Keep the entry from being removed inside the block."""
    descriptor = _lock(root, key)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def lock_builds(root: Path, builds: Iterable[Build]) -> None:
    """Lock those builds that are in the cache until this process ends."""
    for key in sorted({key_of(root, build) for build in builds} - {""}):
        lock_until_exit(root, key)


def key_of(root: Path, build: Build) -> str:
    """Return the key of the entry that a build is in; nothing for one that is elsewhere."""
    folder = root / "interpreters"
    places = {folder.absolute(), folder.resolve()}
    keys = (
        path.relative_to(place).parts[0]
        for path in (Path(build.path), Path(build.real_path))
        for place in places
        if path != place and path.is_relative_to(place)
    )
    return next(keys, "")


def build_lock(root: Path, key: str) -> filelock.BaseFileLock:
    """Return the lock of the process that makes the entry, not yet acquired."""
    (root / "locks").mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(root / "locks" / f"{key}.lock")


@contextlib.contextmanager
def if_unused(root: Path, key: str) -> Iterator[None]:
    """Keep other runs from using the entry; raise ``InterpreterError`` if one does already."""
    with contextlib.ExitStack() as stack:
        if sys.platform != "win32":
            descriptor = _open(root, key)
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InterpreterError(
                    f"{key} is in use by another run: wait until that run is done"
                ) from None
        yield


@contextlib.contextmanager
def exclusive_lock(root: Path, key: str) -> Iterator[None]:
    """Keep others from making or using the entry; raise ``InterpreterError`` if one does."""
    try:
        claim = build_lock(root, key).acquire(timeout=0)
    except filelock.Timeout:
        raise InterpreterError(
            f"{key} is being made by another run: wait until that run is done"
        ) from None
    with claim, if_unused(root, key):
        yield


def _mark_used(root: Path, key: str) -> None:
    with contextlib.suppress(OSError):  # a read-only cache
        (root / "interpreters" / key / USED).touch()


def _lock(root: Path, key: str) -> int | None:
    """Lock the entry as ``_share`` does; raise ``InterpreterError`` if it is gone."""
    descriptor = _share(root, key)
    if not (root / "interpreters" / key).is_dir():
        if descriptor is not None:
            os.close(descriptor)
        raise InterpreterError(f"{key} was removed by another run: run the same command again")
    _mark_used(root, key)
    return descriptor


def _share(root: Path, key: str) -> int | None:
    """Return the descriptor of a shared lock, ``None`` where there are no such locks."""
    if sys.platform != "win32":
        # A read-only cache of somebody else cannot be pruned from here either.
        with contextlib.suppress(OSError):
            descriptor = _open(root, key)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return descriptor
    return None


def _open(root: Path, key: str) -> int:
    # Never deleted: two runs must not lock two files of one name. Not inherited (PEP 446).
    (root / "locks").mkdir(parents=True, exist_ok=True)
    return os.open(root / "locks" / f"{key}.use", os.O_RDWR | os.O_CREAT, 0o666)
