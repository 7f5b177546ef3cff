"""Our own store of interpreters, shared by every run of this user."""

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
from harness.interpreters.cache import locks
from harness.interpreters.disk import disk_complaint
from harness.interpreters.probing.probe import probe
from harness.interpreters.records import decoded, printable
from harness.invocation import to_type
from harness.model import Provenance  # noqa: TC001  # msgspec decodes it

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model import Build

__all__ = [
    "Entry",
    "Recipe",
    "Workshop",
    "cache_root",
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
    "store_complaint",
]

RECORD = "build.json"
_PATIENCE_S = 60.0


class Recipe(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What decides how a build turns out; its key is a hash of exactly this."""

    name: str
    """Readable head of the key, such as ``cpython-3.14.7t``."""
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
    """A complete entry, as ``build.json`` records it.

    It holds only what is needed to know whether it fits a request: the rest is asked of
    the interpreter itself, so that a new probe needs no new build.
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
    """Whether a name of the catalogue may mean it: not a build with flags of the user's."""
    is_exact: bool = False
    """Whether it was asked for as this very release: a shorter name means the newest one."""
    missing_modules: tuple[str, ...] = ()
    """Optional modules it was built without, for want of their headers."""
    size_bytes: int = 0


_PROBED = (
    *("implementation", "python_version", "is_free_threaded", "is_debug"),
    "missing_modules",
)
"""What an entry records of what its build says of itself, under the same names."""


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The two places a build may write to; both are gone if it fails."""

    prefix: Path
    """Where the interpreter will live."""
    aside: Path
    """An empty folder on the same disk for everything else."""
    log: Path
    """Kept when the build fails."""


def folder_bytes(folder: Path) -> int:
    """Return what all files under ``folder`` hold, each once, links not followed.

    Of an entry that is being made, files may vanish between being listed and being asked.
    """
    sizes: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118  # thousands
                sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def cache_root() -> Path:
    """Return the folder of everything this project keeps between runs."""
    named = os.environ.get("GILSCOPE_CACHE")
    if named and not named.isprintable():
        raise ConfigError(
            f"GILSCOPE_CACHE={printable(named)!r} cannot be used: name another folder"
        )
    return Path(named).absolute() if named else platformdirs.user_cache_path("gilscope")


def keys(root: Path) -> list[str]:
    """Return the keys of all entries, also of those that are not complete."""
    store = root / "interpreters"
    if not os.path.isdir(store):  # noqa: PTH112  # never raises
        return []
    return sorted(path.name for path in store.iterdir() if path.is_dir())


def entry_folder(root: Path, key: str) -> Path:
    """Return where the entry lives."""
    return root / "interpreters" / key


def find_key(root: Path, beginning: str) -> str:
    """Return the one key that begins so; raise ``ConfigError`` naming those that could be meant."""
    known = keys(root)
    found = [key for key in known if key.startswith(beginning)] if beginning else []
    if beginning in found:
        return beginning
    if len(found) > 1:
        raise ConfigError(
            f"{beginning!r} may mean {', '.join(found)}: write enough of it to tell them apart"
        )
    if not found:
        hint = nearest(beginning, known) if known else "there is none in the store yet"
        raise ConfigError(f"no stored interpreter {beginning!r}: {hint}")
    return found[0]


def is_inside(executable: str) -> bool:
    """Say whether a recorded path stays in the entry's folder, links aside."""
    path = PurePath(executable)
    return (
        bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in executable
    )


def read_entry(folder: Path) -> Entry | None:
    """Return what the record says, ``None`` for an entry that is as good as incomplete."""
    try:
        entry = decoded((folder / RECORD).read_bytes(), Entry)
    except (ValueError, OSError):
        return None
    # A store that others can write to must not decide what program of the system is run.
    return entry if is_inside(entry.executable) and _is_real(folder, entry) else None


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
    """Probe a cached interpreter; raise ``InterpreterError`` when it does not answer."""
    # On a busy machine it takes its time, and would be made again for nothing.
    return probe(executable, provenance=entry.recipe.provenance, timeout_s=_PATIENCE_S)


def make_once(
    root: Path,
    recipe: Recipe,
    *,
    make: Callable[[Workshop], Path],
    is_standard: bool = True,
    is_exact: bool = False,
    on_wait: Callable[[], None] = lambda: None,
) -> Build:
    """Return the build of ``recipe``, made now unless it is there and answers the probe.

    ``make`` fills the workshop's prefix and returns the executable in it. Runs that want
    the same entry wait for the one that makes it; an entry that is incomplete or broken
    is removed and made again. Raises ``InterpreterError``, also when the disk is full.
    """
    try:
        for parent in (root / "interpreters", root / "locks", root / "logs", root / "tmp"):
            parent.mkdir(parents=True, exist_ok=True)
        with _locked(locks.build_lock(root, recipe.key), on_wait=on_wait):
            return existing(root, recipe) or _made(
                root, recipe, make=make, is_standard=is_standard, is_exact=is_exact
            )
    except OSError as error:
        raise InterpreterError(store_complaint(root, error)) from error


def store_complaint(root: Path, error: OSError) -> str:
    """Return a sentence for what the system says about the store."""
    return disk_complaint(root, error, how=f" ({to_type('interpreters', '--prune 30')})")


@contextlib.contextmanager
def _locked(lock: filelock.BaseFileLock, *, on_wait: Callable[[], None]) -> Iterator[None]:
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        on_wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def existing(root: Path, recipe: Recipe) -> Build | None:
    """Return the build of ``recipe`` if it is complete and answers the probe."""
    folder = entry_folder(root, recipe.key)
    entry = read_entry(folder)
    if entry is None:
        return None
    try:
        return probe_entry(folder / entry.executable, entry)
    except InterpreterError:
        return None  # broken: made again


def _made(
    root: Path,
    recipe: Recipe,
    *,
    make: Callable[[Workshop], Path],
    is_standard: bool,
    is_exact: bool,
) -> Build:
    folder = entry_folder(root, recipe.key)
    aside = root / "tmp" / recipe.key
    log = root / "logs" / f"{recipe.key}.log"
    # It may have failed the probe only because a run that uses it keeps every CPU busy.
    with locks.unused(root, recipe.key):
        log.unlink(missing_ok=True)
        for leftover in (folder, aside):
            shutil.rmtree(leftover, ignore_errors=True)
            leftover.mkdir(parents=True)
    started = time.monotonic()
    try:
        executable = make(Workshop(prefix=folder / "prefix", aside=aside, log=log))
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
        record = aside / RECORD
        record.write_bytes(msgspec.json.format(msgspec.json.encode(entry), indent=1))
        if not _is_real(folder, entry):
            raise InterpreterError(f"{executable} leads outside of what was made")
        record.replace(folder / RECORD)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if not (folder / RECORD).exists():
            shutil.rmtree(folder, ignore_errors=True)
    return build
