"""Choose pairs of builds, and the default interpreters."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from harness.interpreters.finding.search import (
    Missing,
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
    from collections.abc import Iterable, Sequence

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
    resolved, missing = _first_pair(pairs, search)
    if resolved:
        gil, free = resolved
        return (gil, free), resolved
    if not search.may_get:
        return _obtainable_pair(pairs, search), {}
    return _gil_build_alone(pairs, _joined(missing), search)


def find_pair(pair: RequirementPair, search: Search) -> Resolved:
    """Find or get a requested pair; empty if the two should be searched one by one."""
    resolved, missing = _first_pair((pair,), search)
    if not any(result.is_attempted for result in missing):
        return resolved
    # Do not try again what failed: a build takes minutes.
    reason = _joined(missing)
    return resolved or {
        requirement: _best_installed(requirement, search) or reason for requirement in pair
    }


def _first_pair(pairs: Iterable[RequirementPair], search: Search) -> tuple[Resolved, list[Missing]]:
    """Return the first pair that is installed or can be got, and the failures until then."""
    for pair in pairs:
        for provider in search.local_providers:
            if builds := installed_pair(pair, provider, search):
                return dict(zip(pair, builds, strict=True)), []
    missing: list[Missing] = []
    for provider in search.get_providers if search.may_get else ():
        for pair in pairs:
            got = get_pair(pair, provider, search)
            if not isinstance(got, Missing):
                return dict(zip(pair, got, strict=True)), missing
            missing.append(got)
    return {}, missing


def _best_installed(requirement: Requirement, search: Search) -> Build | None:
    installed = find_installed(requirement, search)
    return installed.builds[0] if installed else None


def _obtainable_pair(pairs: Sequence[RequirementPair], search: Search) -> RequirementPair:
    """Return the first pair that could be downloaded or built, in the order of ``choose``."""
    for provider, pair in itertools.product(search.get_providers, pairs):
        answers = [provider(requirement, root=search.root) for requirement in pair]
        if all(isinstance(answer, Obtainable) for answer in answers):
            return pair
    return pairs[0]


def _gil_build_alone(
    pairs: tuple[RequirementPair, ...], missing: Missing, search: Search
) -> tuple[RequirementPair, Resolved]:
    first, free = pairs[0]
    for target in catalogue().interpreters:
        if target.implementation != "cpython" or target.is_free_threaded:
            continue
        requirement = Requirement(what=target, optimised=first.optimised)
        if build := _best_installed(requirement, search):
            return (requirement, free), {requirement: build, free: missing}
    return pairs[0], dict.fromkeys(pairs[0], missing)


def _joined(missing: Iterable[Missing]) -> Missing:
    reasons = dict.fromkeys(result.reason for result in missing)
    return Missing(reason="; ".join(["not installed", *reasons]))
