"""Simulated experiments with known truth on a noisy machine."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "SD",
    "Drift",
    "NoiseShape",
    "SimulatedMachine",
    "drifts",
    "interference",
    "noises",
    "values",
]

SD = 0.02
"""Standard deviation of a value about its cell's time, without drift: 2%."""
_DRIFT = 0.2
"""Drift of the machine within an experiment: 20%."""
_WAVES = (1.0, 5.0)
_SLOW_SHARE = 0.25
"""Part of the time, or of the processes, in which a machine with two speeds is slow."""
_SPELL = 8
"""Mean length of a slow spell in jobs."""


class Drift(enum.StrEnum):
    """How the speed of the machine changes during an experiment."""

    NONE = "none"
    LINEAR = "linear"
    WALK = "random walk"
    SINE = "sine"
    STEP = "step"
    SPELLS = "two speeds in turn"


class NoiseShape(enum.StrEnum):
    """How processes, and values within them, are distributed."""

    NORMAL = "normal"
    SKEWED = "skewed"
    """Exponential: rarely much slower, never much faster."""
    HEAVY = "heavy tails"
    """Student's t with 3 degrees of freedom."""
    TWO_SPEEDS = "two speeds"
    """One process in four is slow."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SimulatedMachine:
    """A machine by its drift and noise."""

    drift: Drift = Drift.NONE
    noise: NoiseShape = NoiseShape.NORMAL
    share: float = 0.6
    """Part of a value's variance that is between processes."""


def drifts(rng: np.random.Generator, drift: Drift, shape: tuple[int, int]) -> Floats:
    """Return the log slowness during each job; ``shape`` is ``(experiments, jobs)``.

    Linear and step: 20% up or down over the experiment. Random walk: a standard deviation of
    20% at its end. Sine: ±10%, 1 to 5 waves, any phase. Two speeds in turn: 20% slower for a
    quarter of the time, in spells of 8 jobs on average.
    """
    experiments, jobs = shape
    if drift is Drift.NONE:
        return np.zeros(shape)
    if drift is Drift.WALK:
        return np.cumsum(rng.normal(0, _DRIFT / np.sqrt(jobs), shape), axis=1)
    if drift is Drift.SPELLS:
        return _spells(rng, shape)
    moment = np.arange(jobs) / jobs
    start = rng.random((experiments, 1))
    if drift is Drift.SINE:
        waves = rng.uniform(*_WAVES, (experiments, 1))
        return np.asarray(_DRIFT / 2 * np.sin(2 * np.pi * (waves * moment + start)))
    size = _DRIFT * rng.choice((-1.0, 1.0), (experiments, 1))
    return np.asarray(size * (moment if drift is Drift.LINEAR else moment >= start))


def _spells(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return a Markov chain of two states, started in its stationary distribution."""
    experiments, jobs = shape
    slow = np.empty(shape, dtype=bool)
    is_slow = rng.random(experiments) < _SLOW_SHARE
    starts = _SLOW_SHARE / (1 - _SLOW_SHARE) / _SPELL
    for job in range(jobs):
        slow[:, job] = is_slow
        drawn = rng.random(experiments)
        is_slow = np.where(is_slow, drawn >= 1 / _SPELL, drawn < starts)
    return _DRIFT * slow


def noises(rng: np.random.Generator, noise: NoiseShape, shape: tuple[int, ...]) -> Floats:
    """Return noise with mean 0 and variance 1."""
    return _NOISES[noise](rng, shape)


def _two_speeds(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    slow = (rng.random(shape) < _SLOW_SHARE) - _SLOW_SHARE
    scale = np.sqrt(_SLOW_SHARE * (1 - _SLOW_SHARE))
    return np.asarray(np.sqrt(0.9) * slow / scale + np.sqrt(0.1) * rng.standard_normal(shape))


_NOISES: dict[NoiseShape, Callable[[np.random.Generator, tuple[int, ...]], Floats]] = {
    NoiseShape.NORMAL: lambda rng, shape: rng.standard_normal(shape),
    NoiseShape.SKEWED: lambda rng, shape: rng.standard_exponential(shape) - 1,
    NoiseShape.HEAVY: lambda rng, shape: rng.standard_t(3, shape) / np.sqrt(3),
    NoiseShape.TWO_SPEEDS: _two_speeds,
}


def interference(rng: np.random.Generator, shape: tuple[int, int], *, memory: float) -> Floats:
    """Return interference with a single cell, shape ``(experiments, blocks)``; variance 1.

    A first-order autoregression with the correlation ``memory`` between neighbouring blocks.
    """
    hit = rng.standard_normal(shape)
    for block in range(1, shape[1]):
        hit[:, block] = memory * hit[:, block - 1] + np.sqrt(1 - memory**2) * hit[:, block]
    return hit


def values(
    rng: np.random.Generator, machine: SimulatedMachine, path: Floats, *, count: int
) -> Floats:
    """Return the values of processes, shape ``(…, count)``, under the drift ``path``.

    ``path``, shape ``(…,)``, is the log slowness of the machine when each process runs. The
    variances of process and value noise add up to SD².
    """
    process = noises(rng, machine.noise, (*path.shape, 1)) * np.sqrt(machine.share)
    value = noises(rng, machine.noise, (*path.shape, count)) * np.sqrt(1 - machine.share)
    return np.asarray(np.exp(path[..., np.newaxis] + SD * (process + value)))
