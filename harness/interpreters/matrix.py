"""Choose fair pairs, and what is measured when nothing was asked for.

Place in the flow: called by ``provision``. The default is the newest CPython with and
without the GIL, the same free-threaded binary with its GIL on, and PyPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.interpreters.answers import CanGet
from harness.interpreters.catalogue import catalogue
from harness.interpreters.finding import (
    Missing,
    Pair,
    Search,
    get_pair,
    had_pair,
    held,
)
from harness.interpreters.spec import GIL_SUFFIX, Request, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.catalogue import Target
    from harness.model import Build

__all__ = ["Found", "TargetPair", "choose", "default_requests", "find_pair"]

TargetPair = tuple["Target", "Target"]
Found = dict[str, "Build | Missing"]
"""What became of each target, by its id."""


def default_requests(pair: TargetPair) -> tuple[Request, ...]:
    """Return the default matrix around one CPython version."""
    gil, free = pair
    return tuple(parse(spec) for spec in (gil.id, free.id, free.id + GIL_SUFFIX, "pypy"))


def choose(search: Search) -> tuple[TargetPair, Found]:
    """Choose the CPython pair of the default matrix, and find or get it.

    When no pair can be had, the newest plain build that is here still takes part, beside
    the reason why its counterpart does not.
    """
    pairs = catalogue().pairs()
    for holder in search.holders:
        for pair in pairs:
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


def find_pair(pair: TargetPair, search: Search) -> Found:
    """Find or get an explicitly wanted pair; an empty result means: one by one, then."""
    for holder in search.holders:
        had = had_pair(pair, holder, search)
        if had:
            return _found(pair, had)
    if not search.is_getting:
        return {}
    reasons = []
    for getter in search.getters:
        got = get_pair(pair, getter, search)
        if not isinstance(got, Missing):
            return _found(pair, got)
        reasons.append(got.reason)
    # What failed is not tried a second time: a build takes minutes.
    return {target.id: held(target, search) or _joined(reasons) for target in pair}


def _found(pair: TargetPair, builds: Pair) -> Found:
    return {target.id: build for target, build in zip(pair, builds, strict=True)}


def _promised(pairs: Iterable[TargetPair], search: Search) -> TargetPair:
    """Return the pair that would be got: the same order as when it is done."""
    for getter in search.getters:
        for pair in pairs:
            if all(isinstance(getter(target, root=search.root), CanGet) for target in pair):
                return pair
    return next(iter(pairs))


def _alone(
    pairs: tuple[TargetPair, ...], missing: Missing, search: Search
) -> tuple[TargetPair, Found]:
    _, free = pairs[0]
    plain = (
        row
        for row in catalogue().interpreters
        if row.implementation == "cpython" and not row.is_free_threaded
    )
    for target in plain:
        build = held(target, search)
        if build:
            return (target, free), {target.id: build, free.id: missing}
    return pairs[0], {target.id: missing for target in pairs[0]}


def _joined(reasons: Iterable[str]) -> Missing:
    return Missing(reason="; ".join(["not installed", *dict.fromkeys(reasons)]))
