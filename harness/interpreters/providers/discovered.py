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

import msgspec

from harness.errors import InterpreterError
from harness.interpreters.getting.uv_tool import find_uv, run_uv
from harness.interpreters.probing.probe_cache import probe_remembered
from harness.interpreters.providers.answer import Answer, Cannot, Have
from harness.interpreters.search_path import executables, search_path
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.naming.wanted import Wanted

__all__ = ["NAME", "Installed", "answer", "installed"]

NAME = "discovered"
_LIST = ("python", "list", "--only-installed", "--output-format", "json", "--offline")
_LIST_TIMEOUT_S = 30.0
_PROBES_AT_ONCE = 8
"""Each waits for its interpreter most of the time."""
_looking = threading.Lock()


class _Row(msgspec.Struct):
    """A line of uv's list."""

    path: str


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One executable with all the names that lead to it."""

    names: tuple[Path, ...]
    build: Build | None
    complaint: str = ""
    """Why it is passed over."""


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Return the installed interpreters that fit."""
    if wanted.target is None or wanted.is_custom:
        return Cannot(reason="discovered: has no build with these options")
    with _looking:  # both halves of a pair are asked for at once
        everything = installed(root)
    builds = [one.build for one in everything if one.build and wanted.fits(one.build)]
    if not builds:
        return Cannot(reason="discovered: none installed")
    return Have.of(builds)


@functools.cache
def installed(root: Path) -> tuple[Installed, ...]:
    """Return every interpreter on this machine but those in our own cache, probed once.

    Second names of one executable are grouped; virtual environments are left out, because
    they add packages.
    """
    paths = [*executables(search_path()), *_listed_by_uv(root)]
    groups = list(_grouped(paths, without=root))
    with ThreadPoolExecutor(_PROBES_AT_ONCE) as pool:
        return tuple(pool.map(functools.partial(_probed, root), groups))


def _grouped(paths: Iterable[Path], *, without: Path) -> Iterable[tuple[Path, ...]]:
    """Yield the names of each file: links of both kinds, ``python3.14`` to ``python3.14t``."""
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
        build = probe_remembered(path, provenance=provenance, root=root)
    except InterpreterError as error:
        return Installed(names=names, build=None, complaint=str(error))
    return Installed(names=names, build=build)


def _listed_by_uv(root: Path) -> list[Path]:
    """Ask uv for what it knows beside: its own store, the registry of Windows."""
    uv = find_uv()
    if uv is None:
        return []
    # An empty search path: the folders on it are looked through already, and uv would
    # start every interpreter in them.
    settings = {"UV_PYTHON_SEARCH_PATH": str(root / "nowhere")}
    try:
        finished = run_uv(uv, _LIST, settings=settings, timeout_s=_LIST_TIMEOUT_S)
        return [Path(row.path) for row in msgspec.json.decode(finished.stdout, type=list[_Row])]
    except (InterpreterError, msgspec.DecodeError):
        return []
