"""Choose pairs of builds, and the default interpreters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.interpreters.finding.search import (
    Missing,
    Pair,
    Search,
    find_installed,
    get_pair,
    installed_pair,
)
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.requirement import Requirement
from harness.interpreters.naming.spec import GIL_SUFFIX, JIT_SUFFIX, Request, parse
from harness.interpreters.providers.answer import Obtainable
from harness.model import Build, Optimised

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RequirementPair", "Resolved", "choose", "default_requests", "find_pair"]

RequirementPair = tuple[Requirement, Requirement]
Resolved = dict[Requirement, "Build | Missing"]
"""The build found for each requirement, or why there is none."""


def default_requests(pair: RequirementPair, resolved: Resolved) -> tuple[Request, ...]:
    """Return the default interpreters around one pair of CPython builds."""
    gil, free = pair
    specs = [gil.name, free.name, free.name + GIL_SUFFIX, "pypy"]
    build = resolved.get(gil)
    if isinstance(build, Build) and build.jit == "off":
        specs.insert(1, gil.name + JIT_SUFFIX)
    return tuple(parse(spec, optimised=gil.optimised) for spec in specs)


def choose(
    search: Search, *, optimised: Optimised = Optimised.ANY
) -> tuple[RequirementPair, Resolved]:
    """Choose the CPython pair of the default matrix, and find or get it.

    If no pair is available, the newest installed build with the GIL is used alone, with the
    reason why its counterpart is missing.
    """
    pairs = tuple(
        (Requirement(what=gil, optimised=optimised), Requirement(what=free, optimised=optimised))
        for gil, free in catalogue().pairs()
    )
    for pair in pairs:  # the newest that is installed
        for provider in search.local_providers:
            builds = installed_pair(pair, provider, search)
            if builds:
                return pair, _resolved(pair, builds)
    if not search.may_get:
        return _obtainable_pair(pairs, search), {}
    reasons: list[str] = []
    for provider in search.get_providers:
        for pair in pairs:
            got = get_pair(pair, provider, search)
            if not isinstance(got, Missing):
                return pair, _resolved(pair, got)
            reasons.append(got.reason)
    return _gil_build_alone(pairs, _joined(reasons), search)


def find_pair(pair: RequirementPair, search: Search) -> Resolved:
    """Find or get a requested pair; empty if the two should be searched one by one."""
    for provider in search.local_providers:
        builds = installed_pair(pair, provider, search)
        if builds:
            return _resolved(pair, builds)
    if not search.may_get:
        return {}
    missing = []
    for provider in search.get_providers:
        got = get_pair(pair, provider, search)
        if not isinstance(got, Missing):
            return _resolved(pair, got)
        missing.append(got)
    if not any(result.is_attempted for result in missing):
        return {}
    # Do not try again what failed: a build takes minutes.
    reason = _joined(result.reason for result in missing)
    return {requirement: _best_installed(requirement, search) or reason for requirement in pair}


def _best_installed(requirement: Requirement, search: Search) -> Build | None:
    installed = find_installed(requirement, search)
    return installed.builds[0] if installed else None


def _resolved(pair: RequirementPair, builds: Pair) -> Resolved:
    return dict(zip(pair, builds, strict=True))


def _obtainable_pair(pairs: Iterable[RequirementPair], search: Search) -> RequirementPair:
    """Return the first pair that could be downloaded or built, in the order of ``choose``."""
    for provider in search.get_providers:
        for pair in pairs:
            if all(
                isinstance(provider(requirement, root=search.root), Obtainable)
                for requirement in pair
            ):
                return pair
    return next(iter(pairs))


def _gil_build_alone(
    pairs: tuple[RequirementPair, ...], missing: Missing, search: Search
) -> tuple[RequirementPair, Resolved]:
    first, free = pairs[0]
    plain = (
        row
        for row in catalogue().interpreters
        if row.implementation == "cpython" and not row.is_free_threaded
    )
    for target in plain:
        requirement = Requirement(what=target, optimised=first.optimised)
        build = _best_installed(requirement, search)
        if build:
            return (requirement, free), {requirement: build, free: missing}
    return pairs[0], dict.fromkeys(pairs[0], missing)


def _joined(reasons: Iterable[str]) -> Missing:
    return Missing(reason="; ".join(["not installed", *dict.fromkeys(reasons)]))
