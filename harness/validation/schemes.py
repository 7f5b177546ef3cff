"""Ways to measure and compare, tried on the same machine with bursts for as long."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.intervals import estimate, exponentiated
from harness.statistics.levels import UNDISTURBED
from harness.statistics.location import paired
from harness.statistics.rounds import calm_differences, is_calm, median_of_rounds
from harness.validation import bursts
from harness.validation.bursts import Disturbance, Lengths
from harness.validation.checks import covers, differs
from harness.validation.rows import Task
from harness.validation.simulation import Drift

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from harness.validation.simulation import Floats

    Differences = dict[tuple[str, str, int], Floats]
    """Scheme, comparison and number of the pair → shape ``(experiments, blocks)``."""

__all__ = ["CALM", "COMPARISONS", "MEASURES", "OLD", "SCHEMES", "TABLE", "heading", "tasks"]

TABLE = "bursts"
OLD = "process after process"
_MEANS = "rounds, means"
_MEDIANS = "rounds, medians"
CALM = "calm rounds"
SCHEMES = (OLD, _MEANS, _MEDIANS, CALM)
RATIO, SPEED_UP = "two builds at one thread", "speed-up at two threads"
COMPARISONS = (RATIO, SPEED_UP)
_PAIRS: Mapping[str, tuple[tuple[int, int], ...]] = {
    RATIO: ((0, 1), (2, 1)),
    SPEED_UP: ((0, 3), (2, 5)),
}
"""Cells that are equal, and cells whose ratio has another truth."""
_TRUTHS = {RATIO: 1.02, SPEED_UP: 1.8}
MEASURES = ("false positives", "coverage", "bias", "half width", "÷ the first")
_LIMITS = {"false positives": (0.03, 0.07), "coverage": (0.93, 0.97)}
_AT_ONCE = 100
"""Experiments that are simulated together, so that their numbers stay in the cache."""


def heading(scheme: str, comparison: str, measure: str) -> str:
    """Return the heading of a number."""
    return f"{scheme}, {comparison}: {measure}"


def count(
    rng: np.random.Generator, simulations: int, *, disturbance: Disturbance
) -> dict[str, int | float]:
    """Return how each scheme does in each comparison; bias and half width in per cent."""
    parts: list[Differences] = []
    while (left := simulations - _AT_ONCE * len(parts)) > 0:
        parts.append(_differences(rng, min(left, _AT_ONCE), disturbance))
    found: dict[str, int | float] = {}
    for comparison, scheme in itertools.product(COMPARISONS, SCHEMES):
        equal, other = (
            np.concatenate([part[scheme, comparison, pair] for part in parts]) for pair in (0, 1)
        )
        first = found.get(heading(OLD, comparison, "half width"))
        numbers = _judged(equal, other, truth=_TRUTHS[comparison])
        numbers["÷ the first"] = numbers["half width"] / (first or numbers["half width"])
        found |= {heading(scheme, comparison, name): one for name, one in numbers.items()}
    return found


def _differences(
    rng: np.random.Generator, experiments: int, disturbance: Disturbance
) -> Differences:
    """Return what each scheme makes of a block."""
    old = np.median(bursts.in_processes(rng, disturbance, experiments), axis=-1)
    rounds = bursts.in_rounds(rng, disturbance, experiments)
    calm = _calm_values(rounds)
    found: Differences = {}
    for comparison, pairs in _PAIRS.items():
        for number, (over, under) in enumerate(pairs):
            each = rounds.logs[..., over] - rounds.logs[..., under]
            found[OLD, comparison, number] = old[..., over] - old[..., under]
            found[_MEANS, comparison, number] = np.mean(each, axis=-1)
            found[_MEDIANS, comparison, number] = median_of_rounds(each)
            found[CALM, comparison, number] = calm_differences(
                rounds.logs[..., over],
                rounds.logs[..., under],
                calm_over=calm[..., over],
                calm_under=calm[..., under],
                is_alike=comparison == RATIO,
            )
    return found


def _calm_values(rounds: bursts.Rounds) -> NDArray[np.bool_]:
    """Return which values were calm by the canaries around them."""
    levels = np.quantile(rounds.before, UNDISTURBED, axis=(1, 2, 3), keepdims=True)
    are_calm = is_calm(np.maximum(rounds.before, rounds.after), levels)
    return np.asarray((are_calm | ~rounds.is_used[:, np.newaxis]).all(axis=-1))


def _judged(equal: Floats, other: Floats, *, truth: float) -> dict[str, int | float]:
    """Return the numbers of one scheme; ``equal`` has the truth 1, ``other`` gets ``truth``."""
    false = sum(differs(paired(_counted(blocks))) for blocks in equal)
    covered = 0
    halves, points = [], []
    for blocks in other + math.log(truth):
        interval = estimate(paired(_counted(blocks)))
        covered += covers(exponentiated(interval), truth)
        points.append(interval.point - math.log(truth))
        if interval.high is not None:
            halves.append(interval.high - interval.point)
    return {
        "false positives": false,
        "coverage": covered,
        "bias": 100 * math.expm1(float(np.mean(points))),
        # The median: an odd process makes one interval in six several times as wide.
        "half width": 100 * math.expm1(float(np.median(halves))),
    }


def _counted(blocks: Floats) -> Floats:
    return blocks[~np.isnan(blocks)]


def tasks() -> Iterator[Task]:
    """Yield a task for each way in which the machine is disturbed."""
    disturbances = [
        (Lengths.BURSTS, 0.0),
        *itertools.product((Lengths.BURSTS, Lengths.SPELLS), (0.1, 0.3, 0.5)),
    ]
    drifts = (Drift.NONE, Drift.LINEAR, Drift.WALK, Drift.STEP)
    for (lengths, share), drift in itertools.product(disturbances, drifts):
        yield Task(
            table=TABLE,
            labels={
                "disturbed": f"{share:.0%}, {lengths.name.lower()}" if share else "never",
                "drift": drift,
            },
            count=count,
            arguments={"disturbance": Disturbance(lengths=lengths, share=share, drift=drift)},
            limits={
                heading(CALM, comparison, measure): limits
                for comparison in COMPARISONS
                for measure, limits in _LIMITS.items()
            },
        )
