"""Ask the providers in order for one interpreter or for a pair."""

from __future__ import annotations

import dataclasses
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import ConfigError, InterpreterError
from harness.interpreters.naming.requirement import AtPath, Packed, Requirement
from harness.interpreters.probing.probe import probe
from harness.interpreters.providers import cached, discovered, distro, packed, source, uv
from harness.interpreters.providers.answer import Answer, Found, Known, Obtainable, Unobtainable
from harness.model import Build, ExpectedBuild, Provenance
from harness.model.build_differences import differences
from harness.model.build_words import build_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.interpreters.progress import Notify
    from harness.interpreters.providers.answer import Provider

__all__ = [
    "Got",
    "Missing",
    "Pair",
    "Search",
    "all_missing",
    "ambiguous_builds",
    "find_build",
    "find_installed",
    "find_user_build",
    "get_pair",
    "installed_pair",
]

LOCAL_PROVIDERS: tuple[Provider, ...] = (cached.answer, discovered.answer)
"""Providers of interpreters that are installed, the fastest first."""
GET_PROVIDERS: tuple[Provider, ...] = (uv.answer, distro.answer, source.answer)
"""Providers that download or build."""
_MAX_CONCURRENT = 4

Got = Build | ExpectedBuild
"""A build, or in a dry run what would be downloaded or built."""
Pair = tuple[Got, Got]


@dataclass(frozen=True, kw_only=True)
class Search:
    """The settings of a search."""

    root: Path
    notify: Notify
    may_get: bool
    """Whether to download and build, or only to report what would be."""
    local_providers: tuple[Provider, ...] = LOCAL_PROVIDERS
    get_providers: tuple[Provider, ...] = GET_PROVIDERS


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Why there is no build."""

    reason: str
    is_attempted: bool = field(default=False, compare=False)
    """Whether a download or a build was started and failed."""
    is_final: bool = field(default=False, compare=False)
    """Whether nothing on this machine could change that."""


def find_installed(requirement: Requirement, search: Search) -> Found | None:
    """Return the installed builds from the first provider that has any, the best first."""
    answers = (provider(requirement, root=search.root) for provider in search.local_providers)
    return next((answer for answer in answers if isinstance(answer, Found)), None)


def find_build(
    requirement: Requirement, search: Search, *, may_guess: bool = False
) -> Got | Missing:
    """Return the first build that a provider has or can get, or else every provider's reason.

    Raises ``ConfigError`` if several installed builds match, unless ``may_guess``.
    """
    installed = find_installed(requirement, search)
    if installed:
        if not may_guess:
            _refuse_ambiguous(requirement, installed.builds)
        fresh = _probed_again(installed.builds[0])
        if fresh:
            return fresh
    missing = []
    for provider in search.get_providers:
        got = _get(requirement, provider(requirement, root=search.root), search)
        if not isinstance(got, Missing):
            return got
        missing.append(got)
    return all_missing(missing)


def all_missing(results: Sequence[Missing]) -> Missing:
    """Return one reason for all: those that something could be done about, if there are any."""
    reasons = dict.fromkeys(result.reason for result in results if not result.is_final)
    reasons = reasons or dict.fromkeys(result.reason for result in results)
    return Missing(
        reason="; ".join(["not installed", *reasons]),
        is_attempted=any(result.is_attempted for result in results),
        is_final=all(result.is_final for result in results),
    )


def find_user_build(requirement: Requirement, search: Search) -> Got:
    """Return the user's own build; raise ``InterpreterError`` if it is not available."""
    what = requirement.what
    if isinstance(what, AtPath):
        return probe(what.path, provenance=Provenance(provider="path", source=str(what.path)))
    provider = packed.answer if isinstance(what, Packed) else source.answer
    answer = provider(requirement, root=search.root)
    if isinstance(answer, Unobtainable):
        raise InterpreterError(answer.reason)
    if isinstance(answer, Found):
        return answer.builds[0]
    return answer.get(search.notify) if search.may_get else _expected(requirement, answer)


def installed_pair(
    pair: tuple[Requirement, Requirement], provider: Provider, search: Search
) -> Pair | None:
    """Return both builds if the provider has them from one origin in one version."""
    with ThreadPoolExecutor(_MAX_CONCURRENT) as pool:
        gil, free = pool.map(lambda requirement: provider(requirement, root=search.root), pair)
    if not (isinstance(gil, Found) and isinstance(free, Found)):
        return None
    products = itertools.product(gil.builds, free.builds)
    matches = [pair for pair in products if _origin(pair[0]) == _origin(pair[1])]
    if not matches:
        return None
    # Of the newest version the pair with the fewest differences; the best optimised come first.
    newest = [match for match in matches if match[0].version == matches[0][0].version]
    best = min(newest, key=lambda match: len(differences(*match)))
    first, second = map(_probed_again, best)
    return (first, second) if first and second else None


def get_pair(
    pair: tuple[Requirement, Requirement], provider: Provider, search: Search
) -> Pair | Missing:
    """Get both builds from one provider; download nothing if it offers only one of them."""
    answers = [provider(requirement, root=search.root) for requirement in pair]
    for answer in answers:
        if isinstance(answer, Unobtainable):
            return Missing(reason=answer.reason, is_final=answer.is_final)
    builds = []
    for requirement, answer in zip(pair, answers, strict=True):
        got = _get(requirement, answer, search)
        if isinstance(got, Missing):
            return dataclasses.replace(got, is_attempted=True)
        builds.append(got)
    gil, free = builds
    if isinstance(gil, ExpectedBuild) or isinstance(free, ExpectedBuild):
        return gil, free
    if _origin(gil) != _origin(free):
        reason = f"{gil.provenance.provider}: {gil.version} and {free.version} differ"
        return Missing(reason=reason, is_attempted=True)
    return gil, free


def _probed_again(build: Build) -> Build | None:
    """Probe a build that may be known from the probe cache only; ``None`` if it fails."""
    if build.provenance.provider != discovered.NAME:
        return build
    try:
        return probe(build.path, provenance=build.provenance)
    except InterpreterError:
        return None


def _get(requirement: Requirement, answer: Answer, search: Search) -> Got | Missing:
    if isinstance(answer, Unobtainable):
        return Missing(reason=answer.reason, is_final=answer.is_final)
    if isinstance(answer, Found):
        return answer.builds[0]
    if not search.may_get:
        return _expected(requirement, answer)
    try:
        build = answer.get(search.notify)
    except InterpreterError as error:
        return Missing(reason=str(error))
    if not requirement.fits(build):
        return Missing(reason=f"{build.provenance.provider}: provided {build_words(build)}")
    return build


def ambiguous_builds(builds: Sequence[Build]) -> tuple[Build, ...]:
    """Return the different builds with the same version string as the first.

    Empty if the choice does not matter: builds in our own cache were made for this very name,
    and builds without differences are equal.
    """
    first = builds[0]
    if first.provenance.provider != discovered.NAME:
        return ()
    others = tuple(
        build
        for build in builds[1:]
        if build.version == first.version and differences(first, build)
    )
    return (first, *others) if others else ()


def _refuse_ambiguous(requirement: Requirement, builds: Sequence[Build]) -> None:
    candidates = ambiguous_builds(builds)
    if candidates:
        listed = "\n".join(f"  {build.path}  ({build_words(build)})" for build in candidates)
        raise ConfigError(
            f"{requirement.name!r} is ambiguous: {len(candidates)} different builds of "
            f"{candidates[0].version} are installed; choose one by its path with "
            f"--interpreter LABEL=PATH:\n{listed}"
        )


def _origin(build: Build) -> tuple[str, ...]:
    return (build.provenance.provider, build.version, build.compiler, build.optimisation)


def _expected(requirement: Requirement, answer: Obtainable) -> ExpectedBuild:
    target, known = requirement.target, answer.known
    if target is not None:
        known = Known(
            implementation=target.implementation,
            python_version=target.version or target.python,
            is_free_threaded=target.is_free_threaded,
        )
    assert known is not None  # noqa: S101  # providers know what is no catalogue name
    return ExpectedBuild(
        name=requirement.full_name,
        how=answer.how,
        expected_s=answer.expected_s,
        size_bytes=answer.size_bytes,
        implementation=known.implementation,
        python_version=known.python_version,
        is_free_threaded=known.is_free_threaded,
        has_jit=answer.has_jit,
    )
