"""Choose pairs of builds, and the default interpreters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.interpreters.finding.search import (
    Got,
    Missing,
    Pair,
    Search,
    all_missing,
    find_build,
    find_installed,
    get_pair,
    installed_pair,
)
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.requirement import Requirement
from harness.interpreters.naming.spec import GIL_SUFFIX, JIT_SUFFIX, Request, parse
from harness.model import Build, ExpectedBuild, Optimised

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RequirementPair", "Resolved", "choose", "default_requests", "find_pair"]

RequirementPair = tuple[Requirement, Requirement]
Resolved = dict[Requirement, "Got | Missing"]
"""The build found for each requirement, or why there is none."""


@dataclass(frozen=True, kw_only=True)
class _Refused:
    """Why a provider cannot get a pair."""

    pair: RequirementPair
    place: int
    """The provider's place in the order of the search."""
    missing: Missing


def default_requests(pair: RequirementPair, resolved: Resolved) -> tuple[Request, ...]:
    """Return the default interpreters around one pair of CPython builds."""
    gil, free = pair
    specs = [gil.name, free.name, free.name + GIL_SUFFIX, "pypy"]
    build = resolved.get(gil)
    has_jit = isinstance(build, Build) and build.jit == "off"
    if has_jit or (isinstance(build, ExpectedBuild) and build.has_jit):
        specs.insert(1, gil.name + JIT_SUFFIX)
    return tuple(parse(spec, optimised=gil.optimised) for spec in specs)


def choose(
    search: Search, *, optimised: Optimised = Optimised.ANY
) -> tuple[RequirementPair, Resolved]:
    """Choose the CPython pair of the default matrix, and find or get it.

    If no pair is available, the newest build with the GIL is used alone, with the reason why
    there is no free-threaded one.
    """
    pairs = tuple(
        (Requirement(what=gil, optimised=optimised), Requirement(what=free, optimised=optimised))
        for gil, free in catalogue().pairs()
    )
    resolved, refused = _first_pair(pairs, search)
    if resolved:
        gil, free = resolved
        return (gil, free), resolved
    return _gil_build_alone(pairs, refused, search)


def find_pair(pair: RequirementPair, search: Search) -> Resolved:
    """Find or get a requested pair; empty if the two should be searched one by one."""
    resolved, refused = _first_pair((pair,), search)
    # Do not try again what failed: a build takes minutes.
    reason = all_missing([result.missing for result in refused])
    if not reason.is_attempted:
        return resolved
    return resolved or {
        requirement: _best_installed(requirement, search) or reason for requirement in pair
    }


def _first_pair(
    pairs: Sequence[RequirementPair], search: Search
) -> tuple[Resolved, list[_Refused]]:
    """Return the first pair that is installed or can be got, and the failures until then."""
    for pair in pairs:
        for provider in search.local_providers:
            if builds := installed_pair(pair, provider, search):
                return _resolved(pair, builds), []
    refused: list[_Refused] = []
    for place, provider in enumerate(search.get_providers):
        for pair in pairs:
            got = get_pair(pair, provider, search)
            if not isinstance(got, Missing):
                return _resolved(pair, got), refused
            refused.append(_Refused(pair=pair, place=place, missing=got))
    return {}, refused


def _resolved(pair: RequirementPair, builds: Pair) -> Resolved:
    return dict(zip(pair, builds, strict=True))


def _best_installed(requirement: Requirement, search: Search) -> Build | None:
    installed = find_installed(requirement, search)
    return installed.builds[0] if installed else None


def _gil_build_alone(
    pairs: tuple[RequirementPair, ...], refused: Sequence[_Refused], search: Search
) -> tuple[RequirementPair, Resolved]:
    """Return the newest build with the GIL, and the free-threaded one that is nearest at hand."""
    first, free = _nearest(pairs, refused)
    missing = all_missing([result.missing for result in refused if result.pair == (first, free)])
    # Do not try again what failed: a build takes minutes.
    is_attempted = any(result.missing.is_attempted for result in refused)
    for target in catalogue().interpreters:
        if target.implementation != "cpython" or target.is_free_threaded:
            continue
        requirement = Requirement(what=target, optimised=first.optimised)
        build = _best_installed(requirement, search)
        got = build or (missing if is_attempted else find_build(requirement, search))
        if not isinstance(got, Missing):
            return (requirement, free), {requirement: got, free: missing}
    return (first, free), {first: missing, free: missing}


def _nearest(pairs: Sequence[RequirementPair], refused: Sequence[_Refused]) -> RequirementPair:
    """Return the newest pair that only something on this machine stands in the way of.

    A compiler is installed sooner than a server is made to be reached: the last provider counts.
    """
    possible = [result for result in refused if not result.missing.is_final]
    # Of equal ones it takes the first, which is the newest.
    return max(possible, key=lambda result: result.place).pair if possible else pairs[0]
