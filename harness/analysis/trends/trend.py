"""A series of experiments → its levels, and the steps between them."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparing.run_to_run import ASSUMED_SD, MIN_RUNS
from harness.statistics.change_points import PENALTY, change_points, neighbour_noise, without_spikes
from harness.statistics.intervals import ratio
from harness.statistics.levels import ALPHA
from harness.statistics.location import Location, RunToRun, p_value, t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import Estimate

    Series = NDArray[np.float64]

__all__ = ["MIN_EXPERIMENTS", "Level", "LevelStep", "Trend", "trend"]

MIN_EXPERIMENTS = 3
_CONFIRMED = 2
"""Experiments on each side that confirm a step."""
_POWER = 0.8416
"""The normal distribution's quantile of 0.8."""
_UNSURE = 4.0
"""With n experiments a step must be larger by this ÷ n, as the noise is estimated too."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Level:
    """The common level of the experiments from ``start`` up to ``stop``."""

    start: int
    stop: int
    value: Estimate


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelStep:
    """A change of level."""

    at: int
    """Index of the first experiment after it."""
    change: Estimate
    """Level after ÷ level before."""
    is_confirmed: bool
    """``False`` where one side is a single experiment, the first or the last."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trend:
    """A series of experiments in the order of time."""

    levels: tuple[Level, ...]
    steps: tuple[LevelStep, ...]
    noise: float
    """Standard deviation of an experiment about its level, natural logarithms."""
    is_noise_assumed: bool
    """There are too few experiments to estimate it."""
    mde: float
    """Relative step in the middle that four of five such series would find; infinite where none
    would, or too few experiments can tell."""


def trend(values: Series, errors: Series, *, family: int = 1, min_effect: float = 0.0) -> Trend:
    """Return the levels of ``values`` (logarithms, shape ``(experiments,)``), at least 3 of them.

    ``errors`` are their standard errors, of the same shape, 0 where unknown; ``family`` is the
    number of series tested together; a step below ``min_effect``, a relative difference, does not
    matter.

    Candidates are the change points of a penalised search (``change_points``) in the despiked
    series. The difference d of two neighbouring levels is a step when
    t = |d| ÷ √(Σσᵢ²/n₁² + Σσᵢ²/n₂²) has p · (n − 1) · family below ALPHA: Bonferroni over all
    possible places of a step. σᵢ is the larger of the experiment's own error and the run-to-run
    noise: the scatter about the levels, but at least the noise between neighbours. With fewer than
    4 degrees of freedom the scatter is unreliable, and the noise is at least what ``run_to_run``
    assumes. The least significant difference is dropped until all are steps.
    """
    noise_of_neighbours = neighbour_noise(values)
    despiked = without_spikes(values, noise_of_neighbours)
    quiet = max(noise_of_neighbours, math.sqrt(float(np.mean(errors**2))))
    stops = change_points(despiked, PENALTY * quiet**2 * math.log(len(values)))
    stops = _without_single(despiked, stops)
    while True:
        noise = _noise(despiked, stops, floor=quiet)
        sigmas = np.maximum(noise.sd, errors)
        differences = _differences(despiked, sigmas, stops, df=noise.df)
        places = (len(values) - 1) * family
        insignificant = [
            (p_value(difference), place)
            for place, difference in enumerate(differences)
            if p_value(difference) * places >= ALPHA
            or math.expm1(abs(difference.point)) < min_effect
        ]
        if not insignificant:
            break
        del stops[max(insignificant)[1]]
    return Trend(
        levels=tuple(
            Level(
                start=start,
                stop=stop,
                value=ratio(_mean(despiked, sigmas, start, stop, df=noise.df)),
            )
            for start, stop in _segments(stops)
        ),
        steps=tuple(
            LevelStep(at=stop, change=ratio(change), is_confirmed=change.n >= _CONFIRMED)
            for stop, change in zip(stops[:-1], differences, strict=True)
        ),
        noise=noise.sd,
        is_noise_assumed=math.isinf(noise.df),
        mde=_mde(len(values), noise, places, min_effect=min_effect),
    )


def _without_single(values: Series, stops: list[int]) -> list[int]:
    """Return the ends of segments after joining inner single experiments to the nearer one."""
    kept = list(stops)
    place = 1
    while place < len(kept) - 1:
        start, stop = kept[place - 1], kept[place]
        if stop - start > 1:
            place += 1
            continue
        before = np.mean(values[kept[place - 2] if place > 1 else 0 : start])
        after = np.mean(values[stop : kept[place + 1]])
        is_before = abs(values[start] - before) <= abs(values[start] - after)
        del kept[place - 1 if is_before else place]
        place = max(1, place - 1)
    return kept


def _segments(stops: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise((0, *stops)))


def _noise(values: Series, stops: list[int], *, floor: float) -> RunToRun:
    scatter = sum(
        float(np.sum((values[start:stop] - np.mean(values[start:stop])) ** 2))
        for start, stop in _segments(stops)
    )
    df = len(values) - len(stops)
    own = math.sqrt(scatter / df) if df else 0.0
    sd = max(floor, own)
    # With so few experiments the scatter counts only where it exceeds the assumption.
    if df < MIN_RUNS - 1 and own <= ASSUMED_SD:
        return RunToRun(sd=max(sd, ASSUMED_SD), df=math.inf)
    return RunToRun(sd=sd, df=df)


def _differences(
    values: Series, sigmas: Series, stops: list[int], *, df: float
) -> tuple[Location, ...]:
    """Return level after − level before at each change."""
    levels = [_mean(values, sigmas, start, stop, df=df) for start, stop in _segments(stops)]
    return tuple(
        Location(
            point=after.point - before.point,
            error=math.hypot(after.error or 0.0, before.error or 0.0),
            df=df,
            n=min(after.n, before.n),
            method="t with pooled noise",
        )
        for before, after in itertools.pairwise(levels)
    )


def _mean(values: Series, sigmas: Series, start: int, stop: int, *, df: float) -> Location:
    n = stop - start
    return Location(
        point=float(np.mean(values[start:stop])),
        error=math.sqrt(float(np.sum(sigmas[start:stop] ** 2))) / n,
        df=df,
        n=n,
        method="t with pooled noise",
    )


def _mde(n: int, noise: RunToRun, places: int, *, min_effect: float) -> float:
    """Return the step in the middle that is found in four of five such series.

    It must pass the search and the test: (max(t(1 − ALPHA / 2 places; n − 2), √(PENALTY ln n)) +
    z(0.8)) · σ · √(1/n₁ + 1/n₂), times 1 + 4/n because the noise is estimated; that factor comes
    from simulations. Infinite for fewer than 6 experiments, which are too few to tell.
    """
    df = n - 2
    if df < MIN_RUNS - 1:
        return math.inf
    test, search = t_quantile(1 - ALPHA / (2 * places), df), math.sqrt(PENALTY * math.log(n))
    needed = (max(test, search) + _POWER) * math.sqrt(1 / (n // 2) + 1 / (n - n // 2))
    exponent = needed * noise.sd * (1 + _UNSURE / n)
    return max(min_effect, math.expm1(exponent)) if exponent < 1 else math.inf
