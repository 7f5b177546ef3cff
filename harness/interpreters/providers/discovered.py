"""Interpreters already on this machine: on PATH, from uv, pyenv and other managers, in /opt."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.getting.uv_tool import find_uv, list_pythons
from harness.interpreters.probing.probe_cache import probe_cached
from harness.interpreters.providers.answer import Answer, Found, Unobtainable
from harness.interpreters.search_path import executables, search_path
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.naming.requirement import Requirement

__all__ = ["NAME", "Installed", "answer", "installed"]

NAME = "discovered"
_LIST_TIMEOUT_S = 30.0
_MAX_PROBES = 8
"""Each spends most of its time waiting for the interpreter."""
_search_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An executable with all paths that lead to it."""

    names: tuple[Path, ...]
    build: Build | None
    complaint: str = ""
    """Why it cannot be used."""


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Return the installed interpreters that fit."""
    if requirement.target is None or requirement.is_custom:
        return Unobtainable(reason="discovered: has no build with these options")
    with _search_lock:  # both halves of a pair are searched at once
        builds = [item.build for item in installed(root) if item.build]
    fitting = Found.of(filter(requirement.fits, builds))
    return fitting if fitting.builds else Unobtainable(reason="discovered: none installed")


@functools.cache
def installed(root: Path) -> tuple[Installed, ...]:
    """Return all interpreters on this machine outside of our cache, each probed once.

    Links to one executable are grouped. Virtual environments are left out: they add packages.
    """
    paths = [*executables(search_path()), *_listed_by_uv(root)]
    groups = list(_grouped(paths, without=root))
    with ThreadPoolExecutor(_MAX_PROBES) as pool:
        return tuple(pool.map(functools.partial(_probed, root), groups))


def _grouped(paths: Iterable[Path], *, without: Path) -> Iterable[tuple[Path, ...]]:
    """Return the paths of each file, grouping symbolic and hard links."""
    by_file: dict[tuple[int, int], dict[Path, None]] = {}
    ours = os.path.realpath(without)
    for path in paths:
        is_environment = os.path.exists(path.parent.parent / "pyvenv.cfg")  # noqa: PTH110
        is_ours = os.path.realpath(path).startswith(ours + os.sep)
        if is_environment or is_ours or not os.access(path, os.X_OK):
            continue
        with contextlib.suppress(OSError):
            status = path.stat()
            by_file.setdefault((status.st_dev, status.st_ino), {})[path] = None
    return (tuple(names) for names in by_file.values())


def _probed(root: Path, names: tuple[Path, ...]) -> Installed:
    path = names[0]
    provenance = Provenance(provider=NAME, source=str(path))
    try:
        build = probe_cached(path, provenance=provenance, root=root)
    except InterpreterError as error:
        return Installed(names=names, build=None, complaint=str(error))
    return Installed(names=names, build=build)


def _listed_by_uv(root: Path) -> list[Path]:
    """Ask uv for interpreters elsewhere: its own downloads, the Windows registry."""
    uv = find_uv()
    if uv is None:
        return []
    # With an empty search path: we have searched these folders already, and uv would start
    # every interpreter in them.
    settings = {"UV_PYTHON_SEARCH_PATH": str(root / "nowhere")}
    options = ("--only-installed", "--offline")
    rows = list_pythons(uv, *options, settings=settings, timeout_s=_LIST_TIMEOUT_S)
    return [Path(row.path) for row in rows if row.path]
