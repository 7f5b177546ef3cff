"""Everything there is: interpreters that are here, and what becomes of each name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import entries
from harness.interpreters.finding.search import GETTERS, rivals
from harness.interpreters.naming.catalogue import Target, catalogue
from harness.interpreters.naming.wanted import Wanted
from harness.interpreters.probing.probe_cache import probe_remembered
from harness.interpreters.providers.answer import CanGet, Cannot, Have
from harness.interpreters.providers.discovered import installed
from harness.interpreters.records import printable

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Build

__all__ = ["Here", "Named", "Overview", "PassedOver", "Way", "overview"]


@dataclass(frozen=True, kw_only=True)
class Here:
    """An interpreter that can be started now."""

    build: Build
    names: tuple[str, ...]
    """Every path that leads to it, the first one is used."""
    cache_id: str = ""
    """Its key in our cache; empty for one of the system's or the user's."""
    is_standard: bool = True
    """Whether a name may mean it, not only its path or the request it was made for."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How something could be had."""

    how: str
    expected_s: float
    size_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Named:
    """A name of the catalogue, and what becomes of it."""

    id: str
    status: Literal["have", "can get", "cannot"]
    paths: tuple[str, ...] = ()
    """Interpreters that fit, the one that is used first."""
    is_ambiguous: bool = False
    """Several of them could be meant: only a path tells which."""
    ways: tuple[Way, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why each provider cannot."""


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """A file that is called like an interpreter and is none that can be measured."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """All of it; ``here`` has the newest versions first."""

    here: tuple[Here, ...]
    catalogue: tuple[Named, ...]
    passed_over: tuple[PassedOver, ...]


def overview(root: Path) -> Overview:
    """Look at this machine, and ask every provider for every name."""
    targets = catalogue().interpreters
    with ThreadPoolExecutor(len(GETTERS) + 1) as pool:
        # Whether servers answer is found out while interpreters are asked what they are.
        ways = {target: pool.submit(_ways, target, root) for target in targets}
        found = [*_ours(root), *_theirs(root)]
        here = tuple(sorted(found, key=_rank))
        rows = tuple(_named(target, here, ways[target].result()) for target in targets)
    passed = [
        PassedOver(path=printable(str(one.names[0])), reason=printable(one.complaint))
        for one in installed(root)
        if one.build is None
    ]
    return Overview(here=here, catalogue=rows, passed_over=tuple(passed))


def _ours(root: Path) -> list[Here]:
    found = []
    for executable, entry in entries(root):
        try:
            build = probe_remembered(executable, provenance=entry.recipe.provenance, root=root)
        except InterpreterError:
            continue  # made again when it is asked for
        found.append(
            Here(
                build=build,
                names=(str(executable),),
                cache_id=entry.recipe.key,
                is_standard=entry.is_standard and not entry.is_exact,
            )
        )
    return found


def _theirs(root: Path) -> list[Here]:
    return [
        Here(build=one.build, names=tuple(printable(str(name)) for name in one.names))
        for one in installed(root)
        if one.build
    ]


def _rank(here: Here) -> tuple[str, list[int], bool, bool, str]:
    build = here.build
    numbers = [-int(part) for part in build.python_version.split(".")[:2] if part.isdigit()]
    return (build.implementation, numbers, build.is_free_threaded, not here.cache_id, build.path)


def _ways(target: Target, root: Path) -> tuple[CanGet | Cannot, ...]:
    wanted = Wanted(what=target)
    answers = [getter(wanted, root=root) for getter in GETTERS]
    return tuple(answer for answer in answers if isinstance(answer, CanGet | Cannot))


def _named(target: Target, here: tuple[Here, ...], ways: tuple[CanGet | Cannot, ...]) -> Named:
    wanted = Wanted(what=target)
    fitting = [one for one in here if one.is_standard and wanted.fits(one.build)]
    if fitting:
        # The order of the search: what lies in our own cache is used first.
        ours = [one.build for one in fitting if one.cache_id]
        theirs = [one.build for one in fitting if not one.cache_id]
        first = Have.of(ours or theirs).builds
        paths = tuple(build.path for build in (*first, *(theirs if ours else ())))
        return Named(id=target.id, status="have", paths=paths, is_ambiguous=bool(rivals(first)))
    possible = tuple(
        Way(how=way.how, expected_s=way.expected_s, size_bytes=way.size_bytes)
        for way in ways
        if isinstance(way, CanGet)
    )
    reasons = tuple(way.reason for way in ways if isinstance(way, Cannot))
    status: Literal["can get", "cannot"] = "can get" if possible else "cannot"
    return Named(id=target.id, status=status, ways=possible, reasons=reasons)
