"""Ask the providers, in order, for one interpreter or for a fair pair.

Place in the flow: between ``provision`` and the providers. What is here beats what can be
got, so that a run is fast and stays the same; a pair always comes from one provider in
one version, because everything else would show up as a cost of the GIL.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.answers import Answer, CanGet, Cannot, Have
from harness.interpreters.providers import cached, discovered, distro, source, uv
from harness.model import Build

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.interpreters.answers import Provider
    from harness.interpreters.catalogue import Target
    from harness.interpreters.progress import Tell

__all__ = ["Missing", "Pair", "Search", "find_one", "get_pair", "had_pair", "held"]

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


def held(target: Target, search: Search) -> Build | None:
    """Return the best build that is here already."""
    answers = (holder(target, root=search.root) for holder in search.holders)
    return next((answer.builds[0] for answer in answers if isinstance(answer, Have)), None)


def find_one(target: Target, search: Search) -> Build | Missing:
    """Return the first build any provider has or can get, else every provider's reason."""
    here = held(target, search)
    if here:
        return here
    reasons = []
    ways = [getter(target, root=search.root) for getter in search.getters]
    if not search.is_getting:
        return Missing(reason=_not_yet(ways))
    for way in ways:
        got = _get(target, way, search)
        if isinstance(got, Build):
            return got
        reasons.append(got.reason)
    return Missing(reason="; ".join(["not installed", *reasons]))


def had_pair(pair: tuple[Target, Target], holder: Provider, search: Search) -> Pair | None:
    """Return both builds when one holder has them from one origin in one version."""
    with ThreadPoolExecutor(_QUESTIONS_AT_ONCE) as pool:
        gil, free = pool.map(lambda target: holder(target, root=search.root), pair)
    if not (isinstance(gil, Have) and isinstance(free, Have)):
        return None
    matches = ((one, other) for one in gil.builds for other in free.builds if _is_fair(one, other))
    return next(matches, None)


def get_pair(pair: tuple[Target, Target], getter: Provider, search: Search) -> Pair | Missing:
    """Get both builds from one provider; the second is not tried when the first fails."""
    builds = []
    for target in pair:
        got = _get(target, getter(target, root=search.root), search)
        if isinstance(got, Missing):
            return got
        builds.append(got)
    gil, free = builds
    if not _is_fair(gil, free):
        return Missing(reason=f"{gil.provenance.provider}: {gil.version} and {free.version} differ")
    return gil, free


def _get(target: Target, answer: Answer, search: Search) -> Build | Missing:
    if isinstance(answer, Cannot):
        return Missing(reason=answer.reason)
    if isinstance(answer, Have):
        return answer.builds[0]
    try:
        build = answer.get(search.tell)
    except InterpreterError as error:
        return Missing(reason=str(error))
    if not target.fits(build):
        return Missing(reason=f"{build.provenance.provider}: gave Python {build.python_version}")
    return build


def _is_fair(one: Build, other: Build) -> bool:
    return _origin(one) == _origin(other)


def _origin(build: Build) -> tuple[str, str, str]:
    return (build.provenance.provider, build.version, build.compiler)


def _not_yet(ways: Sequence[Answer]) -> str:
    possible = [
        f"{way.how} in about {_duration(way.expected_s)}" for way in ways if isinstance(way, CanGet)
    ]
    if possible:
        return f"not here yet; can be {', or '.join(possible)}"
    return "; ".join(["not installed", *(way.reason for way in ways if isinstance(way, Cannot))])


def _duration(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
