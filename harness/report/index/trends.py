"""Experiments of one label on one machine → a series for every number, with its steps."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.trends.trend import MIN_EXPERIMENTS, trend
from harness.report.index.summary_file import What

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.analysis.trends.trend import LevelStep, Trend
    from harness.report.index.summary_file import MadeOn, Number, Summary, VariantSummary

__all__ = ["MAX_EXPERIMENTS", "Group", "Listed", "Series", "groups", "slots_of", "variant_of"]

MAX_EXPERIMENTS = 50
"""A trend is of the newest, so that the index stays small."""
_MAX_SERIES = 80
_MIN_BLOCKS = 2
"""One block gives no interval."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listed:
    """A page, by the name of its folder, and what it says."""

    folder: str
    summary: Summary


@dataclasses.dataclass(frozen=True, kw_only=True)
class Series:
    """One number of one variant over the experiments that have it."""

    what: What
    variant: str
    slot: int
    workload: str
    threads: int
    places: tuple[int, ...]
    """Which experiments of the group, in the order of time."""
    numbers: tuple[Number, ...]
    trend: Trend

    def is_worse(self, step: LevelStep) -> bool:
        """Return whether a step is one to more time, or to less speed-up."""
        return (step.change.point > 1) is (self.what is What.TIME)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """Experiments of one label on one machine, the oldest first."""

    label: str
    machine: MadeOn
    runs: tuple[Listed, ...]
    series: tuple[Series, ...]
    older: int
    """Experiments before these, left out."""
    short: int
    """Experiments of fewer than two blocks, left out."""
    unseen: int
    """Series beyond the most that are looked at."""


def slots_of(newest_first: Iterable[Listed]) -> dict[str, int]:
    """Return a place for each variant: it fixes colour and marker on the whole page."""
    labels = (variant.label for one in newest_first for variant in one.summary.variants)
    return {label: slot for slot, label in enumerate(dict.fromkeys(labels))}


def groups(real: Sequence[Listed]) -> tuple[Group, ...]:
    """Return the groups of three experiments or more, that of the newest experiment first.

    ``real`` are no A/A experiments, the newest first. The machine is known by what may be
    published: two of one model count as one.
    """
    slots = slots_of(real)
    found: dict[tuple[object, ...], dict[str, Listed]] = {}
    for one in real:
        summary, machine = one.summary, one.summary.machine
        which = (
            *(summary.label, machine.label, " ".join(machine.cpu_model.split())),
            *(machine.system, machine.architecture, machine.cpus, machine.cores),
        )
        # A folder that was copied is the same experiment again.
        found.setdefault(which, {}).setdefault(summary.id, one)
    made = (_group(tuple(each.values()), slots) for each in found.values())
    return tuple(one for one in made if one is not None)


def variant_of(summary: Summary, label: str) -> VariantSummary | None:
    """Return the variant of this label, if the experiment has it."""
    return next((one for one in summary.variants if one.label == label), None)


def _group(newest_first: tuple[Listed, ...], slots: dict[str, int]) -> Group | None:
    whole = [one for one in newest_first if one.summary.blocks_done >= _MIN_BLOCKS]
    kept = tuple(reversed(whole[:MAX_EXPERIMENTS]))
    if len(kept) < MIN_EXPERIMENTS:
        return None
    newest = kept[-1].summary
    collected = _collected(kept, slots)
    shown = collected[:_MAX_SERIES]
    return Group(
        label=newest.label,
        machine=newest.machine,
        runs=kept,
        series=tuple(
            _series(key, points, slot=slots[key[1]], family=len(shown), min_effect=newest.threshold)
            for key, points in shown
        ),
        older=len(whole) - len(kept),
        short=len(newest_first) - len(whole),
        unseen=len(collected) - len(shown),
    )


_Key = tuple[What, str, str, int]
_Points = list[tuple[int, "Number"]]


def _collected(runs: tuple[Listed, ...], slots: dict[str, int]) -> list[tuple[_Key, _Points]]:
    """Return the points of each series, speed-ups first, then by variant."""
    found: dict[_Key, _Points] = {}
    for place, run in enumerate(runs):
        for key, number in _numbers(run.summary):
            points = found.setdefault(key, [])
            # One of a kind for each experiment, whatever a file says.
            if not points or points[-1][0] != place:
                points.append((place, number))
    enough = [(key, points) for key, points in found.items() if len(points) >= MIN_EXPERIMENTS]
    first = list(dict.fromkeys(key[2] for key, _ in enough))
    return sorted(
        enough,
        key=lambda one: (
            one[0][0] is not What.SPEEDUP,
            first.index(one[0][2]),
            slots[one[0][1]],
            one[0][3],
        ),
    )


def _numbers(summary: Summary) -> Iterator[tuple[_Key, Number]]:
    known = {one.label for one in summary.variants}
    for one in summary.variants:
        given = one.answer
        if given.what is What.SPEEDUP and given.number and given.number.error is not None:
            yield (What.SPEEDUP, one.label, given.workload, given.threads), given.number
    for time in summary.times:
        if time.seconds.error is not None and time.variant in known:
            yield (What.TIME, time.variant, time.workload, 1), time.seconds


def _series(key: _Key, points: _Points, *, slot: int, family: int, min_effect: float) -> Series:
    numbers = tuple(number for _, number in points)
    return Series(
        what=key[0],
        variant=key[1],
        slot=slot,
        workload=key[2],
        threads=key[3],
        places=tuple(place for place, _ in points),
        numbers=numbers,
        trend=trend(
            np.array([one.log for one in numbers]),
            np.array([one.error or 0.0 for one in numbers]),
            family=family,
            min_effect=min_effect,
        ),
    )
