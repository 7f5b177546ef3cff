"""List the entries of the cache and remove those that are not in use."""

from __future__ import annotations

import contextlib
import functools
import math
import os
import shlex
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import filelock

from harness.errors import ConfigError, InterpreterError
from harness.interpreters.cache import locks
from harness.interpreters.cache.aside import ASIDE
from harness.interpreters.cache.entries import (
    RECORD,
    Entry,
    cannot_be_read,
    entry_folder,
    find_key,
    folder_bytes,
    keys,
    read_entry,
)
from harness.interpreters.disk import disk_errors
from harness.model.build_flags import has_lto, has_pgo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Removed", "Row", "listing", "prune", "remove"]

_DAY_S = 86_400.0
_RECENT_S = 3600.0
"""Anything modified this recently may belong to a run that is still downloading or building."""
_LEFTOVERS = (
    *("downloads", "logs", "git", "probes", "configure", "bytecode", "tmp"),
    *("environments", "own-workloads"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entry of the cache; facts that its record lacks are empty or ``None``."""

    id: str
    """The key; commands accept any unambiguous prefix of it."""
    name: str
    provider: str = ""
    source: str = ""
    version: str = ""
    kind: Literal["free-threaded", "GIL", ""] = ""
    optimised: str = ""
    """``PGO+LTO``, ``PGO``, ``LTO``, ``no PGO/LTO`` or ``not known``."""
    size_bytes: int
    created: str = ""
    """UTC, ISO 8601; the same form as ``last_used``."""
    last_used: str
    duration_s: float | None = None
    state: Literal["complete", "incomplete", "unreadable"]


@dataclass(frozen=True, kw_only=True)
class Removed:
    """What was removed: an entry, or a file such as ``logs/….log``."""

    id: str
    freed_bytes: int


def listing(root: Path) -> tuple[Row, ...]:
    """Return a row for each entry, sorted by key."""
    return tuple(_row(root, key) for key in keys(root))


def remove(root: Path, entry_id: str) -> Removed:
    """Remove the entry whose key starts with ``entry_id``, and its log.

    Raises ``ConfigError`` unless exactly one entry matches, ``InterpreterError`` if it is being
    made or in use.
    """
    key = find_key(root, entry_id)
    with disk_errors(root):
        return _removed(root, key)


def prune(root: Path, days: float) -> tuple[Removed, ...]:
    """Remove what was not used for ``days`` days; 0 removes everything that is not in use.

    Incomplete entries are removed at any age, unless they are being made, or the disk does not
    let them be read.
    """
    if not days >= 0:
        raise ConfigError(f"cannot prune entries unused for {days:g} days: give 0 or more")
    before = time.time() - days * _DAY_S
    with disk_errors(root):
        return tuple(_pruned(root, before))


def _row(root: Path, key: str) -> Row:
    folder = entry_folder(root, key)
    entry = read_entry(folder)
    size_bytes = entry.size_bytes if entry else 0
    row = functools.partial(
        Row,
        id=key,
        size_bytes=size_bytes or folder_bytes(folder),
        last_used=datetime.fromtimestamp(_last_used(folder), UTC).isoformat(timespec="seconds"),
    )
    if entry is None:
        return row(
            name=key,
            state="unreadable" if os.path.lexists(folder / RECORD) else "incomplete",
        )
    return row(
        name=entry.recipe.name,
        provider=entry.recipe.provenance.provider,
        source=entry.recipe.provenance.source,
        version=entry.python_version,
        kind="free-threaded" if entry.is_free_threaded else "GIL",
        optimised=_optimised(entry),
        created=entry.created,
        duration_s=entry.duration_s,
        state="complete",
    )


def _optimised(entry: Entry) -> str:
    flags = shlex.join(entry.recipe.flags)
    # Only a build from source has configure options; elsewhere the flags are package names.
    if entry.implementation != "cpython" or not flags.startswith("--"):
        return "not known"
    optimisations = {"PGO": has_pgo(flags, flags), "LTO": has_lto(flags, flags)}
    return "+".join(name for name, is_on in optimisations.items() if is_on) or "no PGO/LTO"


def _last_used(folder: Path) -> float:
    """Return the time of its last use, or else of its creation."""
    for path in (folder / locks.USED, folder / RECORD, folder):
        try:
            return path.stat().st_mtime
        except OSError:
            continue
    return time.time()  # another run has just removed it


def _pruned(root: Path, before: float) -> Iterator[Removed]:
    places = list(_LEFTOVERS)
    for key in keys(root):
        folder = entry_folder(root, key)
        is_whole = read_entry(folder) is not None or cannot_be_read(folder)
        if is_whole and _last_used(folder) > before:
            continue
        try:
            yield _removed(root, key)
        except InterpreterError:
            # It is in use, and the names of bytecode files do not show whose they are.
            places = [place for place in _LEFTOVERS if place != "bytecode"]
    for place in places:
        yield from _pruned_leftovers(root, place, before)


def _pruned_leftovers(root: Path, place: str, before: float) -> Iterator[Removed]:
    folder = root / place
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        # These folders are written to before an entry is locked.
        is_unlocked = place in ("tmp", "environments") or (place == "downloads" and path.is_dir())
        limit = min(before, time.time() - _RECENT_S) if is_unlocked else before
        with _claimed(root, place, path) as is_ours:
            if is_ours and _newest(path) <= limit:
                freed = _size(path)
                _delete(path)
                yield Removed(id=f"{place}/{path.name}", freed_bytes=freed)


@contextlib.contextmanager
def _claimed(root: Path, place: str, path: Path) -> Iterator[bool]:
    """Acquire the lock that belongs to the path, if any; yield whether that worked."""
    name = path.name.removesuffix(".log").removesuffix(ASIDE)
    key = f"git-{name}" if place == "git" else name
    lock = locks.build_lock(root, key)
    with contextlib.ExitStack() as stack:
        try:
            if place == "environments":
                stack.enter_context(locks.if_unused(root, path.name))
            elif os.path.isfile(lock.lock_file):  # noqa: PTH113  # never raises
                stack.enter_context(lock.acquire(timeout=0))
        except (InterpreterError, filelock.Timeout):
            yield False
            return
        yield True


def _removed(root: Path, key: str) -> Removed:
    folder = entry_folder(root, key)
    with locks.exclusive_lock(root, key):
        # The record first: if interrupted, the rest counts as incomplete.
        parts = [folder / RECORD, folder, root / "logs" / f"{key}.log"]
        parts += [root / "tmp" / name for name in (key, f"{key}{ASIDE}")]
        freed = sum(_size(path) for path in parts[1:])
        for path in parts:
            _delete(path)
    return Removed(id=key, freed_bytes=freed)


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size if os.path.lexists(path) else 0
    return folder_bytes(path)


def _newest(path: Path) -> float:
    """Return the latest modification time of anything in it."""
    try:
        times = [path.lstat().st_mtime]
        if path.is_dir() and not path.is_symlink():
            for place, folders, names in os.walk(path):
                paths = (os.path.join(place, name) for name in (*folders, *names))  # noqa: PTH118
                times.extend(os.lstat(item).st_mtime for item in paths)
    except FileNotFoundError:
        return math.inf  # it is being modified
    return max(times)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
