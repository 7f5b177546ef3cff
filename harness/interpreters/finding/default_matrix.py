"""Choose pairs, and what is measured when nothing was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.interpreters.finding.search import Missing, Pair, Search, get_pair, had_pair, held
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.spec import GIL_SUFFIX, JIT_SUFFIX, Request, parse
from harness.interpreters.naming.wanted import Optimised, Wanted
from harness.interpreters.providers.answer import CanGet
from harness.model import Build

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Found", "WantedPair", "choose", "default_requests", "find_pair"]

WantedPair = tuple[Wanted, Wanted]
Found = dict[Wanted, "Build | Missing"]
"""What became of each interpreter that was wanted."""


def default_requests(pair: WantedPair, found: Found) -> tuple[Request, ...]:
    """Return the default matrix around one CPython version."""
    gil, free = pair
    specs = [gil.name, free.name, free.name + GIL_SUFFIX, "pypy"]
    build = found.get(gil)
    if isinstance(build, Build) and build.jit == "off":
        specs.insert(1, gil.name + JIT_SUFFIX)
    return tuple(parse(spec, optimised=gil.optimised) for spec in specs)


def choose(search: Search, *, optimised: Optimised = Optimised.ANY) -> tuple[WantedPair, Found]:
    """Choose the CPython pair of the default matrix, and find or get it.

    When no pair can be had, the newest plain build that is here still takes part, beside
    the reason why its counterpart does not.
    """
    pairs = tuple(
        (Wanted(what=gil, optimised=optimised), Wanted(what=free, optimised=optimised))
        for gil, free in catalogue().pairs()
    )
    for pair in pairs:  # the newest that is here, wherever it is
        for holder in search.holders:
            had = had_pair(pair, holder, search)
            if had:
                return pair, _found(pair, had)
    if not search.is_getting:
        return _promised(pairs, search), {}
    reasons: list[str] = []
    for getter in search.getters:
        for pair in pairs:
            got = get_pair(pair, getter, search)
            if not isinstance(got, Missing):
                return pair, _found(pair, got)
            reasons.append(got.reason)
    return _alone(pairs, _joined(reasons), search)


def find_pair(pair: WantedPair, search: Search) -> Found:
    """Find or get an explicitly wanted pair; an empty result means: one by one, then."""
    for holder in search.holders:
        had = had_pair(pair, holder, search)
        if had:
            return _found(pair, had)
    if not search.is_getting:
        return {}
    missing = []
    for getter in search.getters:
        got = get_pair(pair, getter, search)
        if not isinstance(got, Missing):
            return _found(pair, got)
        missing.append(got)
    if not any(one.is_tried for one in missing):
        return {}
    # What failed is not tried a second time: a build takes minutes.
    reason = _joined(one.reason for one in missing)
    return {wanted: _held(wanted, search) or reason for wanted in pair}


def _held(wanted: Wanted, search: Search) -> Build | None:
    here = held(wanted, search)
    return here.builds[0] if here else None


def _found(pair: WantedPair, builds: Pair) -> Found:
    return dict(zip(pair, builds, strict=True))


def _promised(pairs: Iterable[WantedPair], search: Search) -> WantedPair:
    """Return the pair that would be got: the same order as when it is done."""
    for getter in search.getters:
        for pair in pairs:
            if all(isinstance(getter(wanted, root=search.root), CanGet) for wanted in pair):
                return pair
    return next(iter(pairs))


def _alone(
    pairs: tuple[WantedPair, ...], missing: Missing, search: Search
) -> tuple[WantedPair, Found]:
    first, free = pairs[0]
    plain = (
        row
        for row in catalogue().interpreters
        if row.implementation == "cpython" and not row.is_free_threaded
    )
    for target in plain:
        wanted = Wanted(what=target, optimised=first.optimised)
        build = _held(wanted, search)
        if build:
            return (wanted, free), {wanted: build, free: missing}
    return pairs[0], dict.fromkeys(pairs[0], missing)


def _joined(reasons: Iterable[str]) -> Missing:
    return Missing(reason="; ".join(["not installed", *dict.fromkeys(reasons)]))
