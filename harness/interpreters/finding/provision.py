"""Turn what was asked for into builds that are known and can be started."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import cache_root
from harness.interpreters.finding import default_matrix
from harness.interpreters.finding.search import Missing, Search, find_one, find_own
from harness.interpreters.naming.spec import GIL_SUFFIX, JIT_SUFFIX
from harness.interpreters.naming.wanted import AtPath, Optimised, Wanted
from harness.interpreters.words import short_name
from harness.model import Build, Unavailable, Variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.interpreters.naming.spec import Request
    from harness.interpreters.progress import Tell

__all__ = ["Provisioned", "provision"]

_PROBES_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """What can be measured, in the order asked for, and what cannot."""

    variants: tuple[Variant, ...]
    unavailable: tuple[Unavailable, ...]


def provision(
    requests: tuple[Request, ...],
    *,
    tell: Tell,
    allow_get: bool = True,
    optimised: Optimised = Optimised.ANY,
    root: Path | None = None,
) -> Provisioned:
    """Find, fetch or build every requested interpreter; none asked for: the default ones.

    What cannot be had by name becomes ``Unavailable`` with each provider's reason; what is
    the user's own (a path, a pack, sources) and cannot be used is an ``InterpreterError`` at
    once. Without ``allow_get`` nothing is fetched, and the reason says how it could be had
    and how long that takes. ``optimised`` is for the default ones; requests carry their own.
    """
    search = Search(root=root or cache_root(), tell=tell, is_getting=allow_get)
    found = _find_own(requests, search)
    is_default = not requests
    if requests:
        found |= _find_pairs(requests, search)
    else:
        pair, pair_found = default_matrix.choose(search, optimised=optimised)
        found |= pair_found
        requests = default_matrix.default_requests(pair, pair_found)
    for wanted in _in_order_of_need(requests):
        if wanted not in found:
            found[wanted] = _same_binary(wanted, found) or find_one(
                wanted, search, may_guess=is_default
            )
    return _provisioned(requests, found)


def _find_own(requests: Iterable[Request], search: Search) -> default_matrix.Found:
    own = list(dict.fromkeys(one.wanted for one in requests if one.wanted.target is None))
    # Paths are only probed; sources are built, one after the other.
    paths = [wanted for wanted in own if isinstance(wanted.what, AtPath)]
    with ThreadPoolExecutor(_PROBES_AT_ONCE) as pool:
        builds = pool.map(lambda wanted: find_own(wanted, search), paths)
        found: default_matrix.Found = dict(zip(paths, builds, strict=True))
    for wanted in own:
        if wanted not in found:
            found[wanted] = find_own(wanted, search)
    return found


def _find_pairs(requests: Iterable[Request], search: Search) -> default_matrix.Found:
    wanted = list(dict.fromkeys(one.wanted for one in requests if one.wanted.target))
    found: default_matrix.Found = {}
    for gil, free in _pairs(wanted):
        found |= default_matrix.find_pair((gil, free), search)
    return found


def _pairs(wanted: list[Wanted]) -> Iterator[default_matrix.WantedPair]:
    """Yield those that differ in the GIL alone."""
    for free in wanted:
        if free.target is None or not free.target.is_free_threaded:
            continue
        for gil in wanted:
            has_gil = gil.target is not None and not gil.target.is_free_threaded
            if has_gil and _but_the_gil(gil) == _but_the_gil(free):
                yield gil, free


def _but_the_gil(wanted: Wanted) -> tuple[object, ...]:
    target = wanted.target
    assert target is not None  # noqa: S101  # asked for by name
    flags = tuple(flag for flag in wanted.flags if flag != "--disable-gil")
    rest = (wanted.optimised, wanted.needs_jit, flags, wanted.compiler)
    return (target.implementation, target.python, target.version, *rest)


def _in_order_of_need(requests: Iterable[Request]) -> list[Wanted]:
    """Put the pickier first: ``3.15`` beside ``3.15+jit`` is to be the same binary."""
    wanted = dict.fromkeys(one.wanted for one in requests if one.wanted.target)
    return sorted(wanted, key=lambda one: not one.needs_jit)


def _same_binary(wanted: Wanted, found: default_matrix.Found) -> Build | None:
    """Return what was found for the same interpreter with or without its JIT, if it fits."""
    twin = found.get(dataclasses.replace(wanted, needs_jit=not wanted.needs_jit))
    return twin if isinstance(twin, Build) and wanted.fits(twin) else None


def _provisioned(requests: tuple[Request, ...], found: default_matrix.Found) -> Provisioned:
    variants: list[Variant] = []
    unavailable: list[Unavailable] = []
    taken = {request.label for request in requests if request.label}
    for request in requests:
        build = found[request.wanted]
        if isinstance(build, Missing):
            label = request.label or request.spec
            unavailable.append(Unavailable(label=label, spec=request.spec, reason=build.reason))
            continue
        label = request.label or _derived_label(request, build, taken)
        taken.add(label)
        variants.append(_variant(request, label, build))
    return Provisioned(variants=tuple(variants), unavailable=tuple(unavailable))


def _variant(request: Request, label: str, build: Build) -> Variant:
    environment = dict(request.environment)
    if "PYTHON_GIL" in environment and not build.is_free_threaded:
        raise InterpreterError(
            f"{request.spec}: {GIL_SUFFIX} (PYTHON_GIL) is for free-threaded builds, and "
            f"{build.path} has the GIL anyway; ask for it without"
        )
    if request.wanted.needs_jit and build.jit == "none":
        raise InterpreterError(
            f"{request.spec}: {build.path} was built without CPython's JIT; ask for it without "
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


def _derived_label(request: Request, build: Build, taken: set[str]) -> str:
    """Name a build after what it is: ``3.13``, ``3.14t+gil``, ``pypy3.11``, ``3.14-2``."""
    name = short_name(build) + ("d" if build.is_debug else "")
    name += GIL_SUFFIX if request.is_gil_forced else ""
    name += JIT_SUFFIX if request.wanted.needs_jit else ""
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}-{number}"
    return label
