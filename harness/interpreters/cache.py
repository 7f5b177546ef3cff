"""Our own store of interpreters, shared by every run of this user.

Place in the flow: providers make entries, the ``cached`` provider finds them again.
``interpreters/<key>/`` holds ``prefix/`` and ``build.json``; the latter is written last,
after the interpreter answered the probe, so an entry without it is incomplete.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import msgspec
import platformdirs

from harness.errors import InterpreterError
from harness.interpreters.probe import probe
from harness.model import Provenance  # noqa: TC001  # msgspec decodes it

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model import Build

__all__ = ["Entry", "Recipe", "Workshop", "cache_root", "entries", "make_once", "probe_entry"]

_RECORD = "build.json"


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


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The two places a build may write to; both are gone if it fails."""

    prefix: Path
    """Where the interpreter will live."""
    aside: Path
    """An empty folder on the same disk for everything else."""
    log: Path
    """Kept when the build fails."""


def cache_root() -> Path:
    """Return the folder of everything this project keeps between runs."""
    named = os.environ.get("GILSCOPE_CACHE")
    return Path(named).absolute() if named else platformdirs.user_cache_path("gilscope")


def entries(root: Path) -> Iterator[tuple[Path, Entry]]:
    """Yield each complete entry with the absolute path of its executable."""
    for record in sorted(root.glob(f"interpreters/*/{_RECORD}")):
        try:
            entry = msgspec.json.decode(record.read_bytes(), type=Entry)
        except (msgspec.DecodeError, OSError):
            continue  # as good as incomplete: made again when it is asked for
        yield record.parent / entry.executable, entry


def probe_entry(executable: Path, entry: Entry) -> Build:
    """Probe a cached interpreter; raise ``InterpreterError`` when it does not answer."""
    return probe(executable, provenance=entry.recipe.provenance)


def make_once(
    root: Path,
    recipe: Recipe,
    *,
    make: Callable[[Workshop], Path],
    on_wait: Callable[[], None] = lambda: None,
) -> Build:
    """Return the build of ``recipe``, made now unless it is there and answers the probe.

    ``make`` fills the workshop's prefix and returns the executable in it. Runs that want
    the same entry wait for the one that makes it; an entry that is incomplete or broken
    is removed and made again.
    """
    folder = root / "interpreters" / recipe.key
    for parent in (folder.parent, root / "locks", root / "logs", root / "tmp"):
        parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(root / "locks" / f"{recipe.key}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        on_wait()
        lock.acquire()
    try:
        return _existing(folder) or _made(root, recipe, make=make)
    finally:
        lock.release()


def _existing(folder: Path) -> Build | None:
    found = next(
        (pair for pair in entries(folder.parent.parent) if folder in pair[0].parents), None
    )
    if found is None:
        return None
    try:
        return probe_entry(*found)
    except InterpreterError:
        return None


def _made(root: Path, recipe: Recipe, *, make: Callable[[Workshop], Path]) -> Build:
    folder = root / "interpreters" / recipe.key
    aside = root / "tmp" / recipe.key
    log = root / "logs" / f"{recipe.key}.log"
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
            implementation=build.implementation,
            python_version=build.python_version,
            is_free_threaded=build.is_free_threaded,
            is_debug=build.is_debug,
        )
        record = aside / _RECORD
        record.write_bytes(msgspec.json.format(msgspec.json.encode(entry), indent=1))
        record.replace(folder / _RECORD)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if not (folder / _RECORD).exists():
            shutil.rmtree(folder, ignore_errors=True)
    return build
