"""The cache of interpreters, shared by all runs of this user."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import filelock
import msgspec
import platformdirs

from harness.errors import ConfigError, InterpreterError, nearest
from harness.files import decoded
from harness.interpreters.cache import aside, locks
from harness.interpreters.cache.file_list import is_inside, write_list
from harness.interpreters.disk import disk_errors
from harness.interpreters.probing.probe import probe
from harness.model import Provenance  # noqa: TC001  # msgspec decodes it
from harness.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model import Build

__all__ = [
    "Entry",
    "Recipe",
    "Workspace",
    "cache_root",
    "cannot_be_read",
    "entries",
    "entry_folder",
    "existing",
    "find_key",
    "folder_bytes",
    "is_inside",
    "keys",
    "make_once",
    "probe_entry",
    "read_entry",
]

RECORD = "build.json"
_PROBE_TIMEOUT_S = 60.0


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides the outcome of a build; the cache key is its hash."""

    name: str
    """Readable prefix of the key, such as ``cpython-3.14.7t``."""
    provenance: Provenance
    flags: tuple[str, ...] = ()
    compiler: str = ""
    libc: str = ""
    architecture: str = ""

    @property
    def key(self) -> str:
        """Return the name of the entry's folder."""
        return f"{self.name}-{hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:12]}"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A complete entry, as recorded in ``build.json``.

    It has only the facts that decide whether it fits a request. The rest is probed each time, so
    that a new probe needs no new build.
    """

    recipe: Recipe
    executable: str
    """Relative to the entry's folder."""
    duration_s: float
    created: str
    """UTC, ISO 8601."""
    implementation: str
    python_version: str
    is_free_threaded: bool
    is_debug: bool
    is_standard: bool = True
    """Whether a catalogue name may select it: not a build with the user's own flags."""
    is_exact: bool = False
    """Whether exactly this release was requested: a shorter name means the newest release."""
    missing_modules: tuple[str, ...] = ()
    """Optional modules that were not built because their headers are missing."""
    size_bytes: int = 0


_PROBED = (
    *("implementation", "python_version", "is_free_threaded", "is_debug"),
    "missing_modules",
)
"""Facts of the probed build that are recorded under the same names."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The folders a build may write to; both are removed if it fails."""

    prefix: Path
    """The interpreter's final place."""
    scratch: Path
    """An empty folder on the same disk for temporary files."""
    log: Path
    """Kept when the build fails."""


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below ``folder``: hard links once, symbolic links not followed.

    Files may vanish meanwhile if the entry is being made.
    """
    sizes: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118  # thousands
                sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def cache_root() -> Path:
    """Return the folder of everything that is kept between runs; raises ConfigError."""
    folder = os.environ.get("GILSCOPE_CACHE")
    if not folder:
        return platformdirs.user_cache_path("gilscope")
    if not folder.isprintable():
        raise ConfigError(
            f"GILSCOPE_CACHE={printable(folder)!r} has unprintable characters: set another folder"
        )
    # A shell does not expand the ~ of a quoted value.
    path = Path(os.path.expanduser(folder)).absolute()  # noqa: PTH111  # never raises
    if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112  # never raises
        raise ConfigError(f"GILSCOPE_CACHE={folder} is not a folder: set it to one, or unset it")
    return path


def keys(root: Path) -> list[str]:
    """Return the keys of all entries, including incomplete ones."""
    folder = root / "interpreters"
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:  # there is none, or it may not be read
        return []


def entry_folder(root: Path, key: str) -> Path:
    """Return the folder of an entry."""
    return root / "interpreters" / key


def find_key(root: Path, prefix: str) -> str:
    """Return the one key with this prefix; raise ``ConfigError`` with the candidates otherwise."""
    candidates = keys(root)
    matches = [key for key in candidates if key.startswith(prefix)] if prefix else []
    if prefix in matches:
        return prefix
    if len(matches) > 1:
        raise ConfigError(f"{prefix!r} is ambiguous: {', '.join(matches)}; give more characters")
    if not matches:
        hint = nearest(prefix, candidates) if candidates else "the cache is empty"
        raise ConfigError(f"no cached interpreter {prefix!r}: {hint}")
    return matches[0]


def read_entry(folder: Path) -> Entry | None:
    """Return the record of an entry, ``None`` if the entry is incomplete or cannot be used."""
    try:
        entry = decoded((folder / RECORD).read_bytes(), Entry)
    except (ValueError, OSError):
        return None
    # A cache that others can write to must not make us run a program outside of it.
    return entry if is_inside(entry.executable) and _is_real(folder, entry) else None


def cannot_be_read(folder: Path) -> bool:
    """Return whether the disk keeps the record from being read: it may well be complete."""
    try:
        (folder / RECORD).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return False
    except OSError:
        return True
    return False


def _is_real(folder: Path, entry: Entry) -> bool:
    real = PurePath(os.path.realpath(folder / entry.executable))
    return real.is_relative_to(os.path.realpath(folder))


def entries(root: Path) -> Iterator[tuple[Path, Entry]]:
    """Yield each complete entry with the absolute path of its executable."""
    for key in keys(root):
        entry = read_entry(entry_folder(root, key))
        if entry is not None:
            yield entry_folder(root, key) / entry.executable, entry


def probe_entry(executable: Path, entry: Entry) -> Build:
    """Probe a cached interpreter; raise ``InterpreterError`` if it does not answer."""
    # On a busy machine it is slow, and a failure would cause a needless rebuild.
    return probe(executable, provenance=entry.recipe.provenance, timeout_s=_PROBE_TIMEOUT_S)


def make_once(
    root: Path,
    recipe: Recipe,
    *,
    make: Callable[[Workspace], Path],
    is_standard: bool = True,
    is_exact: bool = False,
    on_wait: Callable[[], None] = lambda: None,
) -> Build:
    """Return the build of ``recipe`` from the cache, or make it now.

    ``make`` fills the workspace's prefix and returns the executable in it. Only one run makes an
    entry, others wait for it. An incomplete or broken entry is made again; a broken one stays
    if that fails. Raises ``InterpreterError``, also if the disk is full.
    """
    with disk_errors(root):
        for parent in (root / "interpreters", root / "logs", root / "tmp"):
            parent.mkdir(parents=True, exist_ok=True)
        lock = locks.build_lock(root, recipe.key)
        try:
            claim = lock.acquire(timeout=0)
        except filelock.Timeout:
            on_wait()
            claim = lock.acquire()
        with claim:
            aside.bring_back(root, recipe.key, record=RECORD)
            return existing(root, recipe) or _made(
                root, recipe, make=make, is_standard=is_standard, is_exact=is_exact
            )


def existing(root: Path, recipe: Recipe) -> Build | None:
    """Return the build of ``recipe`` if it is complete and answers the probe."""
    folder = entry_folder(root, recipe.key)
    entry = read_entry(folder)
    if entry is None:
        return None
    try:
        return probe_entry(folder / entry.executable, entry)
    except InterpreterError:
        return None  # broken: it is made again


def _made(
    root: Path,
    recipe: Recipe,
    *,
    make: Callable[[Workspace], Path],
    is_standard: bool,
    is_exact: bool,
) -> Build:
    folder = entry_folder(root, recipe.key)
    scratch = root / "tmp" / recipe.key
    log = root / "logs" / f"{recipe.key}.log"
    # It may have failed the probe only because a run that uses it keeps all CPUs busy.
    with locks.if_unused(root, recipe.key):
        log.unlink(missing_ok=True)
        shutil.rmtree(scratch, ignore_errors=True)
        aside.put_aside(root, recipe.key, record=RECORD)
        for empty in (folder, scratch):
            empty.mkdir(parents=True)
    started = time.monotonic()
    try:
        executable = make(Workspace(prefix=folder / "prefix", scratch=scratch, log=log))
        build = probe(executable, provenance=recipe.provenance)
        entry = Entry(
            recipe=recipe,
            executable=str(executable.relative_to(folder)),
            duration_s=round(time.monotonic() - started, 1),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            is_standard=is_standard,
            is_exact=is_exact,
            size_bytes=folder_bytes(folder),
            **{name: getattr(build, name) for name in _PROBED},
        )
        write_list(folder)
        record = scratch / RECORD
        record.write_bytes(msgspec.json.format(msgspec.json.encode(entry), indent=1))
        if not _is_real(folder, entry):
            raise InterpreterError(f"{executable} leads outside of the build's folder")
        record.replace(folder / RECORD)
        aside.drop(root, recipe.key)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        aside.bring_back(root, recipe.key, record=RECORD)
    return build
