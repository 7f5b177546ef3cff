"""Experiments of one label on one machine → a series for every number, with its steps."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.analysis.trends.trend import MIN_EXPERIMENTS, trend
from harness.report.index.summary_file import What

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.trends.trend import LevelStep, Trend
    from harness.report.index.summary_file import MadeOn, Number, Summary, VariantSummary

__all__ = ["MAX_EXPERIMENTS", "Group", "Listed", "Series", "groups", "variant_of"]

MAX_EXPERIMENTS = 50
"""A trend covers the newest ones, so that the index stays small."""
_MAX_SERIES = 80
_MIN_BLOCKS = 2
"""One block gives no interval."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Listed:
    """The summary of a page, and the name of its folder."""

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
    """Series beyond the limit, which are not searched."""


def groups(real: Sequence[Listed]) -> tuple[Group, ...]:
    """Return the groups of three experiments or more, that of the newest experiment first.

    ``real`` are no A/A experiments, the newest first. The machine is known by what may be
    published: two of one model count as one.
    """
    # A place for each variant fixes colour and marker on the whole page.
    labels = dict.fromkeys(variant.label for listed in real for variant in listed.summary.variants)
    slots = {label: slot for slot, label in enumerate(labels)}
    by_machine: dict[tuple[object, ...], dict[str, Listed]] = {}
    for listed in real:
        summary, machine = listed.summary, listed.summary.machine
        key = (
            *(summary.label, machine.label, " ".join(machine.cpu_model.split())),
            *(machine.system, machine.architecture, machine.cpus, machine.cores),
        )
        # A folder that was copied is the same experiment again.
        by_machine.setdefault(key, {}).setdefault(summary.id, listed)
    made = (_group(tuple(by_id.values()), slots) for by_id in by_machine.values())
    return tuple(group for group in made if group is not None)


def variant_of(summary: Summary, label: str) -> VariantSummary | None:
    """Return the variant of this label, if the experiment has it."""
    return next((variant for variant in summary.variants if variant.label == label), None)


def _group(newest_first: tuple[Listed, ...], slots: dict[str, int]) -> Group | None:
    whole = [listed for listed in newest_first if listed.summary.blocks_done >= _MIN_BLOCKS]
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
            _series(
                *item,
                slot=slots[item[0].variant],
                family=len(shown),
                min_effect=newest.threshold,
            )
            for item in shown
        ),
        older=len(whole) - len(kept),
        short=len(newest_first) - len(whole),
        unseen=len(collected) - len(shown),
    )


class _Key(NamedTuple):
    what: What
    variant: str
    workload: str
    threads: int


_Points = dict[int, "Number"]
"""By the place of their experiment in the group."""


def _collected(runs: tuple[Listed, ...], slots: dict[str, int]) -> list[tuple[_Key, _Points]]:
    """Return the points of each series, speed-ups first, then by variant."""
    series: dict[_Key, _Points] = {}
    for place, run in enumerate(runs):
        for key, number in _numbers(run.summary):
            # One of a kind for each experiment, whatever a file contains.
            series.setdefault(key, {}).setdefault(place, number)
    enough = [(key, points) for key, points in series.items() if len(points) >= MIN_EXPERIMENTS]
    workloads = list(dict.fromkeys(key.workload for key, _ in enough))

    def rank(item: tuple[_Key, _Points]) -> tuple[bool, int, int, int]:
        key = item[0]
        is_last = key.what is not What.SPEEDUP
        return is_last, workloads.index(key.workload), slots[key.variant], key.threads

    return sorted(enough, key=rank)


def _numbers(summary: Summary) -> Iterator[tuple[_Key, Number]]:
    for variant in summary.variants:
        answer = variant.answer
        if answer.what is What.SPEEDUP and answer.number and answer.number.error is not None:
            key = _Key(What.SPEEDUP, variant.label, answer.workload, answer.threads)
            yield key, answer.number
    for time in summary.times:
        if time.seconds.error is not None and variant_of(summary, time.variant):
            yield _Key(What.TIME, time.variant, time.workload, 1), time.seconds


def _series(key: _Key, points: _Points, *, slot: int, family: int, min_effect: float) -> Series:
    numbers = tuple(points.values())
    return Series(
        **key._asdict(),
        slot=slot,
        places=tuple(points),
        numbers=numbers,
        trend=trend(
            np.array([number.log for number in numbers]),
            np.array([number.error or 0.0 for number in numbers]),
            family=family,
            min_effect=min_effect,
        ),
    )
