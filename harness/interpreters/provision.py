"""Turn what was asked for into builds that are known and can be started.

Place in the flow: the entry of this package, called by the command line before planning.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters import matrix
from harness.interpreters.cache import cache_root
from harness.interpreters.catalogue import catalogue
from harness.interpreters.finding import Missing, Search, find_one
from harness.interpreters.probe import probe
from harness.interpreters.spec import GIL_SUFFIX
from harness.model import Build, Provenance, Unavailable, Variant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.interpreters.progress import Tell
    from harness.interpreters.spec import Request

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
    root: Path | None = None,
) -> Provisioned:
    """Find, fetch or build every requested interpreter; none asked for: the default ones.

    What cannot be had by name becomes ``Unavailable`` with each provider's reason; a path
    that cannot be used is an ``InterpreterError`` at once. Without ``allow_get`` nothing
    is fetched, and the reason says how it could be had and how long that takes.
    """
    search = Search(root=root or cache_root(), tell=tell, is_getting=allow_get)
    by_path = _probe_paths(requests)
    if requests:
        found = _find_pairs(requests, search)
    else:
        pair, found = matrix.choose(search)
        requests = matrix.default_requests(pair)
    for request in requests:
        if request.target and request.target.id not in found:
            found[request.target.id] = find_one(request.target, search)
    return _provisioned(requests, found, by_path)


def _probe_paths(requests: Iterable[Request]) -> dict[Path, Build]:
    paths = list(dict.fromkeys(request.path for request in requests if request.path))
    with ThreadPoolExecutor(_PROBES_AT_ONCE) as pool:
        return dict(zip(paths, pool.map(_probe_path, paths), strict=True))


def _probe_path(path: Path) -> Build:
    return probe(path, provenance=Provenance(provider="path", source=str(path)))


def _find_pairs(requests: Iterable[Request], search: Search) -> matrix.Found:
    wanted = {request.target.id for request in requests if request.target}
    found: matrix.Found = {}
    for pair in catalogue().pairs():
        if all(target.id in wanted for target in pair):
            found |= matrix.find_pair(pair, search)
    return found


def _provisioned(
    requests: tuple[Request, ...], found: matrix.Found, by_path: dict[Path, Build]
) -> Provisioned:
    variants: list[Variant] = []
    unavailable: list[Unavailable] = []
    taken = {request.label for request in requests if request.label}
    for request in requests:
        build = by_path[request.path] if request.path else found[_target_id(request)]
        if isinstance(build, Missing):
            unavailable.append(
                Unavailable(label=request.label, spec=request.spec, reason=build.reason)
            )
            continue
        label = request.label or _derived_label(request, build, taken)
        taken.add(label)
        variants.append(_variant(request, label, build))
    return Provisioned(variants=tuple(variants), unavailable=tuple(unavailable))


def _target_id(request: Request) -> str:
    return request.target.id if request.target else ""


def _variant(request: Request, label: str, build: Build) -> Variant:
    if request.is_gil_forced and not build.is_free_threaded:
        raise InterpreterError(
            f"{request.spec}: {GIL_SUFFIX} is for free-threaded builds, and {build.path} has "
            f"the GIL anyway; ask for it without {GIL_SUFFIX}"
        )
    return Variant(
        label=label,
        spec=request.spec,
        build=build,
        environment=request.environment,
        is_gil_expected=request.is_gil_forced or build.is_gil_enabled,
    )


def _derived_label(request: Request, build: Build, taken: set[str]) -> str:
    """Name a path after what it is: ``3.13``, ``3.14t+gil``, ``pypy3.11``, ``3.14-2``."""
    minor = ".".join(build.python_version.split(".")[:2])
    name = "" if build.implementation == "cpython" else build.implementation
    name += minor + ("t" if build.is_free_threaded else "") + ("d" if build.is_debug else "")
    name += GIL_SUFFIX if request.is_gil_forced else ""
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}-{number}"
    return label
