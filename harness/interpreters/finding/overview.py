"""List the installed interpreters, and those that each catalogue name selects."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import entries
from harness.interpreters.finding.search import GET_PROVIDERS, ambiguous_builds
from harness.interpreters.naming.catalogue import Target, catalogue
from harness.interpreters.naming.requirement import Requirement
from harness.interpreters.probing.probe_cache import probe_cached
from harness.interpreters.providers.answer import Found, Obtainable, Unobtainable
from harness.interpreters.providers.discovered import installed
from harness.wording import printable

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Build

__all__ = ["Here", "Named", "Overview", "PassedOver", "Way", "overview"]


@dataclass(frozen=True, kw_only=True)
class Here:
    """An installed interpreter."""

    build: Build
    names: tuple[str, ...]
    """All paths that lead to it; the first is used."""
    cache_id: str = ""
    """Its key in our cache; empty for other interpreters."""
    is_standard: bool = True
    """Whether a catalogue name may select it, not only its path or the original request."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to get an interpreter."""

    how: str
    expected_s: float
    size_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Named:
    """A catalogue name, and the interpreters that it selects."""

    id: str
    status: Literal["have", "can get", "cannot"]
    paths: tuple[str, ...] = ()
    """Matching interpreters; the first is used."""
    is_ambiguous: bool = False
    """Several different builds match: only a path is unambiguous."""
    ways: tuple[Way, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why each provider cannot get it."""


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """A file with the name of an interpreter that cannot be measured."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The installed interpreters, newest versions first, and the catalogue."""

    here: tuple[Here, ...]
    catalogue: tuple[Named, ...]
    passed_over: tuple[PassedOver, ...]


def overview(root: Path) -> Overview:
    """Search this machine, and ask every provider for every catalogue name."""
    targets = catalogue().interpreters
    with ThreadPoolExecutor(len(GET_PROVIDERS) + 1) as pool:
        # Servers are tried while interpreters are being probed.
        ways = {target: pool.submit(_ways, target, root) for target in targets}
        here = tuple(sorted([*_cached(root), *_others(root)], key=_rank))
        rows = tuple(_named(target, here, ways[target].result()) for target in targets)
    passed = [
        PassedOver(path=printable(str(item.names[0])), reason=printable(item.complaint))
        for item in installed(root)
        if item.build is None
    ]
    return Overview(here=here, catalogue=rows, passed_over=tuple(passed))


def _cached(root: Path) -> list[Here]:
    usable = []
    for executable, entry in entries(root):
        with contextlib.suppress(InterpreterError):  # broken: it is made again on request
            build = probe_cached(executable, provenance=entry.recipe.provenance, root=root)
            is_standard = entry.is_standard and not entry.is_exact
            names = (str(executable),)
            key = entry.recipe.key
            usable.append(Here(build=build, names=names, cache_id=key, is_standard=is_standard))
    return usable


def _others(root: Path) -> list[Here]:
    return [
        Here(build=item.build, names=tuple(printable(str(name)) for name in item.names))
        for item in installed(root)
        if item.build
    ]


def _rank(here: Here) -> tuple[str, list[int], bool, bool, str]:
    build = here.build
    numbers = [-int(part) for part in build.python_version.split(".")[:2] if part.isdigit()]
    return (build.implementation, numbers, build.is_free_threaded, not here.cache_id, build.path)


def _ways(target: Target, root: Path) -> tuple[Obtainable | Unobtainable, ...]:
    requirement = Requirement(what=target)
    answers = [provider(requirement, root=root) for provider in GET_PROVIDERS]
    return tuple(answer for answer in answers if isinstance(answer, Obtainable | Unobtainable))


def _named(
    target: Target, here: tuple[Here, ...], ways: tuple[Obtainable | Unobtainable, ...]
) -> Named:
    requirement = Requirement(what=target)
    fitting = [item for item in here if item.is_standard and requirement.fits(item.build)]
    if fitting:
        # In the order of the search: our own cache first.
        cached = [item.build for item in fitting if item.cache_id]
        others = [item.build for item in fitting if not item.cache_id]
        first = Found.of(cached or others).builds
        paths = tuple(build.path for build in (*first, *(others if cached else ())))
        return Named(
            id=target.id, status="have", paths=paths, is_ambiguous=bool(ambiguous_builds(first))
        )
    possible = tuple(
        Way(how=way.how, expected_s=way.expected_s, size_bytes=way.size_bytes)
        for way in ways
        if isinstance(way, Obtainable)
    )
    reasons = tuple(way.reason for way in ways if isinstance(way, Unobtainable))
    status: Literal["can get", "cannot"] = "can get" if possible else "cannot"
    return Named(id=target.id, status=status, ways=possible, reasons=reasons)
