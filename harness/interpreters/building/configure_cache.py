"""What ``configure`` found out about this system, kept for the next build by the same script."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.interpreters.building.compile import CONFIGURE_CACHE
from harness.interpreters.records import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.cache.entries import Recipe

__all__ = ["file_of", "forget", "keep", "lend"]


def file_of(recipe: Recipe, sources: Path, *, root: Path) -> Path:
    """Return where the answers for builds like ``recipe`` of ``sources`` are kept."""
    # One question compiles a header of the sources as well.
    asking = [sources / "configure", *sorted(sources.glob("Include/cpython/pyatomic*.h"))]
    script = hashlib.sha256(b"".join(path.read_bytes() for path in asking)).hexdigest()
    parts = (
        *(script, recipe.compiler),
        # Libraries and tools that are installed later must be found then.
        *(recipe.libc, recipe.architecture, os.environ.get("PATH", ""), _system_state()),
        *(flag for flag in recipe.flags if flag != "--disable-gil"),
    )
    name = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]
    return root / "configure" / f"{name}.cache"


def lend(file: Path, folder: Path) -> None:
    """Put the answers beside the sources, if there are any."""
    if file.is_file():
        shutil.copyfile(file, folder / CONFIGURE_CACHE)


def keep(file: Path, folder: Path) -> None:
    """Keep the answers of a build that succeeded."""
    learned = folder / CONFIGURE_CACHE
    if learned.is_file():
        replace(file, learned.read_bytes())


def forget(files: Iterable[Path]) -> None:
    """Drop answers."""
    for file in files:
        file.unlink(missing_ok=True)


def _system_state() -> str:
    """Return what changes whenever headers or libraries are installed."""
    machine = f"{platform.machine()}-linux-gnu"
    places = (
        *("/usr/include", f"/usr/include/{machine}", "/usr/local/include"),
        *("/usr/lib", "/usr/lib64", f"/usr/lib/{machine}", "/usr/local/lib"),
        *("/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/var/lib/pacman/local"),
        *("/lib/apk/db/installed", "/opt/homebrew/Cellar", "/usr/local/Cellar"),
    )
    found = [Path(place) for place in places if Path(place).exists()]
    return ",".join(str(place.stat().st_mtime_ns) for place in found)
