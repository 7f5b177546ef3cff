"""The answers of ``configure`` about this system, kept for the next build."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.files import write_whole
from harness.interpreters.building.compile import CONFIGURE_CACHE

if TYPE_CHECKING:
    from harness.interpreters.cache.entries import Recipe

__all__ = ["file_of", "keep", "lend"]


def file_of(recipe: Recipe, sources: Path, *, root: Path) -> Path:
    """Return the file with the answers for builds like ``recipe`` of ``sources``."""
    # One check compiles a header of the sources.
    inputs = [sources / "configure", *sorted(sources.glob("Include/cpython/pyatomic*.h"))]
    script = hashlib.sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    parts = (
        *(script, recipe.compiler),
        # Libraries and tools that are installed later must be found.
        *(recipe.libc, recipe.architecture, os.environ.get("PATH", ""), _system_state()),
        *(flag for flag in recipe.flags if flag != "--disable-gil"),
    )
    name = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]
    return root / "configure" / f"{name}.cache"


def lend(file: Path, folder: Path) -> None:
    """Copy the answers next to the sources, if there are any."""
    if file.is_file():
        shutil.copyfile(file, folder / CONFIGURE_CACHE)


def keep(file: Path, folder: Path) -> None:
    """Keep the answers of a build that succeeded."""
    answers = folder / CONFIGURE_CACHE
    if answers.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, answers.read_bytes())


def _system_state() -> str:
    """Return a text that changes whenever headers or libraries are installed."""
    machine = f"{platform.machine()}-linux-gnu"
    places = (
        *("/usr/include", f"/usr/include/{machine}", "/usr/local/include"),
        *("/usr/lib", "/usr/lib64", f"/usr/lib/{machine}", "/usr/local/lib"),
        *("/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/var/lib/pacman/local"),
        *("/lib/apk/db/installed", "/opt/homebrew/Cellar", "/usr/local/Cellar"),
    )
    paths = [Path(place) for place in places if Path(place).exists()]
    return ",".join(str(path.stat().st_mtime_ns) for path in paths)
