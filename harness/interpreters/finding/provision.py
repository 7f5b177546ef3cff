"""Turn requests into probed builds."""

from __future__ import annotations

import dataclasses
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import cache_root
from harness.interpreters.finding import default_matrix
from harness.interpreters.finding.search import (
    Got,
    Missing,
    Search,
    find_build,
    find_user_build,
)
from harness.interpreters.naming.requirement import AtPath, Requirement
from harness.interpreters.naming.spec import GIL_SUFFIX, JIT_SUFFIX
from harness.model import (
    AnyVariant,
    Build,
    ExpectedBuild,
    ExpectedVariant,
    Optimised,
    Unavailable,
    Variant,
)
from harness.model.build_words import short_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.interpreters.naming.spec import Request
    from harness.interpreters.progress import Notify

__all__ = ["Provisioned", "provision"]

_MAX_PROBES = 4


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """The variants to measure in the order of the requests, and what is unavailable."""

    candidates: tuple[AnyVariant, ...]
    """All variants; some are not here yet if nothing may be downloaded or built."""
    unavailable: tuple[Unavailable, ...]

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Return the variants that are here."""
        return tuple(variant for variant in self.candidates if isinstance(variant, Variant))


def provision(
    requests: tuple[Request, ...],
    *,
    notify: Notify,
    allow_get: bool = True,
    optimised: Optimised = Optimised.ANY,
    root: Path | None = None,
) -> Provisioned:
    """Find, download or build the requested interpreters, or the default ones without requests.

    A name that cannot be provided becomes ``Unavailable`` with each provider's reason; a build
    of the user's own (a path, a pack, sources) that cannot be used is an ``InterpreterError``.
    Without ``allow_get`` nothing is downloaded or built: where that would be done, there is an
    ``ExpectedVariant``. ``optimised`` applies to the default interpreters only.
    """
    search = Search(root=root or cache_root(), notify=notify, may_get=allow_get)
    resolved = _find_user_builds(requests, search)
    is_default = not requests
    if requests:
        resolved |= _find_pairs(requests, search)
    else:
        pair, pair_resolved = default_matrix.choose(search, optimised=optimised)
        resolved |= pair_resolved
        requests = default_matrix.default_requests(pair, pair_resolved)
    # The stricter first: "3.15" next to "3.15+jit" should be the same binary.
    for requirement in sorted(_by_name(requests), key=lambda asked: not asked.needs_jit):
        if requirement not in resolved:
            resolved[requirement] = _same_binary(requirement, resolved) or find_build(
                requirement, search, may_guess=is_default
            )
    return _provisioned(requests, resolved)


def _find_user_builds(requests: Iterable[Request], search: Search) -> default_matrix.Resolved:
    distinct = dict.fromkeys(request.requirement for request in requests)
    requirements = [requirement for requirement in distinct if requirement.target is None]
    # Paths are only probed; sources are built one after the other.
    paths = [requirement for requirement in requirements if isinstance(requirement.what, AtPath)]
    with ThreadPoolExecutor(_MAX_PROBES) as pool:
        builds = pool.map(lambda requirement: find_user_build(requirement, search), paths)
        resolved: default_matrix.Resolved = dict(zip(paths, builds, strict=True))
    others = [requirement for requirement in requirements if requirement not in resolved]
    return resolved | {other: find_user_build(other, search) for other in others}


def _find_pairs(requests: Iterable[Request], search: Search) -> default_matrix.Resolved:
    """Find the requested pairs that differ only in the GIL."""
    resolved: default_matrix.Resolved = {}
    for free, gil in itertools.permutations(_by_name(requests), 2):
        facts, is_free_threaded = _split(free)
        if is_free_threaded and _split(gil) == (facts, False):
            resolved |= default_matrix.find_pair((gil, free), search)
    return resolved


def _split(requirement: Requirement) -> tuple[tuple[object, ...], bool]:
    """Return everything but the GIL, and whether it is free-threaded."""
    target = requirement.target
    assert target is not None  # noqa: S101  # a catalogue name
    flags = tuple(flag for flag in requirement.flags if flag != "--disable-gil")
    rest = (requirement.optimised, requirement.needs_jit, flags, requirement.compiler)
    facts = (target.implementation, target.python, target.version, *rest)
    return facts, target.is_free_threaded


def _by_name(requests: Iterable[Request]) -> list[Requirement]:
    """Return the distinct requirements that are catalogue names."""
    requirements = dict.fromkeys(request.requirement for request in requests)
    return [requirement for requirement in requirements if requirement.target]


def _same_binary(requirement: Requirement, resolved: default_matrix.Resolved) -> Got | None:
    """Return the build found for the same interpreter with or without its JIT, if it fits."""
    twin = resolved.get(dataclasses.replace(requirement, needs_jit=not requirement.needs_jit))
    if isinstance(twin, Build):
        return twin if requirement.fits(twin) else None
    return twin if isinstance(twin, ExpectedBuild) else None


def _provisioned(requests: tuple[Request, ...], resolved: default_matrix.Resolved) -> Provisioned:
    candidates: list[AnyVariant] = []
    unavailable: list[Unavailable] = []
    taken = {request.label for request in requests if request.label}
    for request in requests:
        build = resolved[request.requirement]
        if isinstance(build, Missing):
            label = request.label or request.spec
            unavailable.append(Unavailable(label=label, spec=request.spec, reason=build.reason))
            continue
        label = request.label or _derived_label(request, build, taken)
        taken.add(label)
        if isinstance(build, ExpectedBuild):
            candidates.append(_expected_variant(request, label, build))
        else:
            candidates.append(_variant(request, label, build))
    return Provisioned(candidates=tuple(candidates), unavailable=tuple(unavailable))


def _expected_variant(request: Request, label: str, build: ExpectedBuild) -> ExpectedVariant:
    _refuse_gil_switch(request, build, build.name)
    may_run_without = build.is_free_threaded and not request.is_gil_forced
    return ExpectedVariant(
        label=label,
        spec=request.spec,
        build=build,
        environment=request.environment,
        is_gil_expected=not may_run_without,
    )


def _refuse_gil_switch(request: Request, build: Got, name: str) -> None:
    if "PYTHON_GIL" in dict(request.environment) and not build.is_free_threaded:
        raise InterpreterError(
            f"{request.spec}: {GIL_SUFFIX} (PYTHON_GIL) is for free-threaded builds, and "
            f"{name} always has the GIL; leave out {GIL_SUFFIX}"
        )


def _variant(request: Request, label: str, build: Build) -> Variant:
    environment = dict(request.environment)
    _refuse_gil_switch(request, build, build.path)
    if request.requirement.needs_jit and build.jit == "none":
        raise InterpreterError(
            f"{request.spec}: {build.path} was built without CPython's JIT; leave out "
            f"{JIT_SUFFIX}, or build one with ?flags=--enable-experimental-jit=yes-off"
        )
    return Variant(
        label=label,
        spec=request.spec,
        build=build,
        environment=request.environment,
        is_gil_expected=request.is_gil_forced
        or (build.is_gil_enabled and environment.get("PYTHON_GIL") != "0"),
    )


def _derived_label(request: Request, build: Got, taken: set[str]) -> str:
    """Return a label such as ``3.13``, ``3.14t+gil``, ``pypy3.11`` or ``3.14-2``."""
    if isinstance(build, ExpectedBuild):
        name = short_name(build) if build.python_version else request.requirement.name
    else:
        name = short_name(build) + ("d" if build.is_debug else "")
    name += GIL_SUFFIX if request.is_gil_forced else ""
    name += JIT_SUFFIX if request.requirement.needs_jit else ""
    labels = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(label for label in labels if label not in taken)
