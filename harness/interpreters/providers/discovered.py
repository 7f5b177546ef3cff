"""Interpreters already on this machine: PATH, uv's store, pyenv's versions.

Place in the flow: asked after our own cache, because listing takes a second. Names and
versions only narrow the search; what counts is what each one answers to the probe.
"""

from __future__ import annotations

import functools
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.errors import InterpreterError
from harness.interpreters.answers import Answer, Cannot, Have
from harness.interpreters.probe import probe
from harness.interpreters.uv_tool import find_uv, run_uv
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.catalogue import Target

__all__ = ["answer", "search_path"]

_LIST = ("python", "list", "--only-installed", "--output-format", "json", "--offline")
_LIST_TIMEOUT_S = 30.0
_PROBES_AT_ONCE = 4
_NAME = re.compile(r"(?P<implementation>python|pypy)(?P<version>3(\.\d+)?)t?(\.exe)?")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An executable and what its finder believes about it."""

    path: str
    implementation: str
    version: str
    """As far as it is known: ``3`` may be all that a file name says."""


def answer(target: Target, *, root: Path) -> Answer:
    """Probe every installed interpreter that may fit; broken ones are passed over."""
    del root
    candidates = _distinct(found for found in _installed(search_path()) if _may_fit(target, found))
    with ThreadPoolExecutor(_PROBES_AT_ONCE) as pool:
        builds = [build for build in pool.map(_probed, candidates) if build and target.fits(build)]
    if not builds:
        return Cannot(reason="discovered: none installed")
    return Have.of(builds)


def search_path() -> str:
    """Return the folders to look in: PATH without shims, and pyenv's own versions.

    Shims answer for interpreters that may not be there, slowly and with complaints.
    """
    named = os.environ.get("UV_PYTHON_SEARCH_PATH") or os.environ.get("PATH", "")
    folders = [folder for folder in named.split(os.pathsep) if folder and not _has_shims(folder)]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return os.pathsep.join([*folders, *map(str, sorted(pyenv.glob("versions/*/bin")))])


def _has_shims(folder: str) -> bool:
    return Path(folder).name == "shims"


@functools.cache
def _installed(path: str) -> tuple[Found, ...]:
    uv = find_uv()
    return _listed_by_uv(uv, path) if uv else tuple(_scanned(path))


def _listed_by_uv(uv: str, path: str) -> tuple[Found, ...]:
    try:
        finished = run_uv(
            uv, _LIST, settings={"UV_PYTHON_SEARCH_PATH": path}, timeout_s=_LIST_TIMEOUT_S
        )
        return msgspec.json.decode(finished.stdout, type=tuple[Found, ...])
    except (InterpreterError, msgspec.DecodeError):
        return tuple(_scanned(path))


def _scanned(path: str) -> list[Found]:
    """Go by file names alone, where there is no uv to ask."""
    names = {"python": "cpython", "pypy": "pypy"}
    return [
        Found(
            path=str(file), implementation=names[match["implementation"]], version=match["version"]
        )
        for folder in path.split(os.pathsep)
        if Path(folder).is_dir()
        for file in sorted(Path(folder).iterdir())
        if (match := _NAME.fullmatch(file.name))
    ]


def _may_fit(target: Target, found: Found) -> bool:
    if found.implementation != target.implementation:
        return False
    known = found.version.split(".")[:2]
    return known == target.python.split(".")[: len(known)] if target.python else True


def _distinct(found: Iterable[Found]) -> list[Path]:
    """Drop second names of one executable, and virtual environments: they add packages."""
    by_real_path: dict[Path, Path] = {}
    for path in (Path(one.path) for one in found):
        is_environment = (path.parent.parent / "pyvenv.cfg").exists()
        if not is_environment:
            by_real_path.setdefault(path.resolve(), path)
    return list(by_real_path.values())


def _probed(path: Path) -> Build | None:
    try:
        return probe(path, provenance=Provenance(provider="discovered", source=str(path)))
    except InterpreterError:
        return None
