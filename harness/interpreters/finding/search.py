"""Ask the providers, in order, for one interpreter or for a pair."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import ConfigError, InterpreterError
from harness.interpreters.naming.catalogue import Target
from harness.interpreters.naming.wanted import AtPath, FromGit, FromTarball, Own, Packed, Wanted
from harness.interpreters.probing.probe import probe
from harness.interpreters.providers import (
    cached,
    discovered,
    distro,
    git,
    packed,
    path,
    source,
    uv,
)
from harness.interpreters.providers.answer import Answer, CanGet, Cannot, Have
from harness.interpreters.words import build_words, duration
from harness.model import Build
from harness.model.build_differences import differences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.interpreters.progress import Tell
    from harness.interpreters.providers.answer import Provider

__all__ = [
    "Missing",
    "Pair",
    "Search",
    "find_one",
    "find_own",
    "get_pair",
    "had_pair",
    "held",
    "rivals",
]

OWN: dict[type[Own], Provider] = {
    AtPath: path.answer,
    Packed: packed.answer,
    FromTarball: source.answer,
    FromGit: git.answer,
}
"""Providers of the user's own: executables, packs and sources."""
HOLDERS: tuple[Provider, ...] = (cached.answer, discovered.answer)
"""Providers of what is here already, the quickest first."""
GETTERS: tuple[Provider, ...] = (uv.answer, distro.answer, source.answer)
"""Providers that fetch or build."""
_QUESTIONS_AT_ONCE = 4

Pair = tuple[Build, Build]


@dataclass(frozen=True, kw_only=True)
class Search:
    """What every search needs to know."""

    root: Path
    tell: Tell
    is_getting: bool
    """Whether to fetch and build, or only to say how it could be done."""
    holders: tuple[Provider, ...] = HOLDERS
    getters: tuple[Provider, ...] = GETTERS


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Nothing was found, and why."""

    reason: str
    is_tried: bool = field(default=False, compare=False)
    """Whether getting it was begun, and failed."""


def held(wanted: Wanted, search: Search) -> Have | None:
    """Return what is here already from the first provider that has it, the best first."""
    answers = (holder(wanted, root=search.root) for holder in search.holders)
    return next((answer for answer in answers if isinstance(answer, Have)), None)


def find_one(wanted: Wanted, search: Search, *, may_guess: bool = False) -> Build | Missing:
    """Return the first build any provider has or can get, else every provider's reason.

    Unless it may guess, raise ``ConfigError`` when several that are installed could be meant.
    """
    here = held(wanted, search)
    if here:
        if not may_guess:
            _refuse_ambiguous(wanted, here.builds)
        fresh = _fresh(here.builds[0])
        if fresh:
            return fresh
    reasons = []
    ways = [getter(wanted, root=search.root) for getter in search.getters]
    if not search.is_getting:
        return Missing(reason=_not_yet(ways))
    for way in ways:
        got = _get(wanted, way, search)
        if isinstance(got, Build):
            return got
        reasons.append(got.reason)
    return Missing(reason="; ".join(["not installed", *reasons]))


def find_own(wanted: Wanted, search: Search) -> Build | Missing:
    """Return the user's own build; raise ``InterpreterError`` when it cannot be had."""
    assert not isinstance(wanted.what, Target)  # noqa: S101  # not asked for by name
    way = OWN[type(wanted.what)](wanted, root=search.root)
    if isinstance(way, Cannot):
        raise InterpreterError(way.reason)
    if isinstance(way, Have):
        return way.builds[0]
    return way.get(search.tell) if search.is_getting else Missing(reason=_not_yet([way]))


def had_pair(pair: tuple[Wanted, Wanted], holder: Provider, search: Search) -> Pair | None:
    """Return both builds when one holder has them from one origin in one version."""
    with ThreadPoolExecutor(_QUESTIONS_AT_ONCE) as pool:
        gil, free = pool.map(lambda wanted: holder(wanted, root=search.root), pair)
    if not (isinstance(gil, Have) and isinstance(free, Have)):
        return None
    matches = [(one, other) for one in gil.builds for other in free.builds if _is_pair(one, other)]
    if not matches:
        return None
    # Of the newest version the fairest; among equals the first, which is the best optimised.
    newest = [match for match in matches if match[0].version == matches[0][0].version]
    fairest = min(newest, key=lambda match: len(differences(*match)))
    one, other = map(_fresh, fairest)
    return (one, other) if one and other else None


def get_pair(pair: tuple[Wanted, Wanted], getter: Provider, search: Search) -> Pair | Missing:
    """Get both builds from one provider; nothing is fetched when it has only one of them."""
    answers = [getter(wanted, root=search.root) for wanted in pair]
    refused = [answer for answer in answers if isinstance(answer, Cannot)]
    if refused:
        return Missing(reason=refused[0].reason)
    builds = []
    for wanted, answer in zip(pair, answers, strict=True):
        got = _get(wanted, answer, search)
        if isinstance(got, Missing):
            return dataclasses.replace(got, is_tried=True)
        builds.append(got)
    gil, free = builds
    if not _is_pair(gil, free):
        reason = f"{gil.provenance.provider}: {gil.version} and {free.version} differ"
        return Missing(reason=reason, is_tried=True)
    return gil, free


def _fresh(build: Build) -> Build | None:
    """Ask an interpreter once more that may be known from memory alone: it will be measured.

    Return ``None`` when it does not answer any more.
    """
    if build.provenance.provider != discovered.NAME:
        return build
    try:
        return probe(build.path, provenance=build.provenance)
    except InterpreterError:
        return None


def _get(wanted: Wanted, answer: Answer, search: Search) -> Build | Missing:
    if isinstance(answer, Cannot):
        return Missing(reason=answer.reason)
    if isinstance(answer, Have):
        return answer.builds[0]
    try:
        build = answer.get(search.tell)
    except InterpreterError as error:
        return Missing(reason=str(error))
    if not wanted.fits(build):
        return Missing(reason=f"{build.provenance.provider}: gave {build_words(build)}")
    return build


def rivals(builds: Sequence[Build]) -> tuple[Build, ...]:
    """Return the builds of the first one's version that its version string cannot tell apart.

    Empty when there is nothing to choose: our own cache is no guess, for all in it were made
    for this very name, and twins that differ in nothing are one.
    """
    first = builds[0]
    if first.provenance.provider != discovered.NAME:
        return ()
    others = tuple(
        one for one in builds[1:] if one.version == first.version and differences(first, one)
    )
    return (first, *others) if others else ()


def _refuse_ambiguous(wanted: Wanted, builds: Sequence[Build]) -> None:
    candidates = rivals(builds)
    if candidates:
        listed = "\n".join(f"  {one.path}  ({build_words(one)})" for one in candidates)
        raise ConfigError(
            f"{wanted.name!r} could be {len(candidates)} different builds of "
            f"{candidates[0].version} that are installed; ask for one by its path, as "
            f"--interpreter LABEL=PATH:\n{listed}"
        )


def _is_pair(one: Build, other: Build) -> bool:
    return _origin(one) == _origin(other)


def _origin(build: Build) -> tuple[str, ...]:
    return (build.provenance.provider, build.version, build.compiler, build.optimisation)


def _not_yet(ways: Sequence[Answer]) -> str:
    possible = [
        f"{way.how} in about {duration(way.expected_s)}" for way in ways if isinstance(way, CanGet)
    ]
    if possible:
        return f"not here yet; can be {', or '.join(possible)}"
    return "; ".join(["not installed", *(way.reason for way in ways if isinstance(way, Cannot))])
