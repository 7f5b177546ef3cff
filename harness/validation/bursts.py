"""Simulated experiments on a machine that is disturbed in bursts or in spells.

Each CPU is in one of two states in turn; a value integrates the states of its CPUs.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import numpy as np

from harness.validation import simulation
from harness.validation.simulation import Drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.validation.simulation import Floats

__all__ = ["CELLS", "CPUS", "Disturbance", "Lengths", "Rounds", "in_processes", "in_rounds"]

CPUS = 2
CELLS = 6
"""A group: three builds at one thread, then the same at two."""
_WORKLOADS = 2
"""Groups of a block; the others only take time."""
BLOCKS, ROUNDS = 8, 25
"""Two blocks more than the default preset has."""
PROCESSES = 12
"""Blocks of one process after another that last as long: a process takes 0.2 s to start and end,
0.1 s to warm up, and two values of 0.1 s. In rounds it takes half of the first two, since two
workers start at the same time, and 25 turns."""
_PROCESS_S, _LONG_S = 0.5, 0.1
_CANARY_S, _LEAD_S, _VALUE_S = 0.0015, 0.003, 0.02
_SUNG_S = 0.001
_TURN_S = _CANARY_S + _LEAD_S + _VALUE_S
_FACTORS = (1.3, 1.65)
_PROCESS_SD, _VALUE_SD, _CANARY_SD = 0.015, 0.005, 0.02
_ODD_SHARE, _ODD = 0.01, 0.3


class Lengths(enum.Enum):
    """From the shortest to the longest disturbance, seconds; logarithms are uniform."""

    BURSTS = (0.005, 0.1)
    SPELLS = (1.0, 10.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Disturbance:
    """How the machine is disturbed."""

    lengths: Lengths = Lengths.BURSTS
    share: float = 0.0
    """Part of the time in which a CPU is disturbed."""
    drift: Drift = Drift.NONE
    """Of the whole machine, canaries included."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rounds:
    """Experiments in rounds."""

    logs: Floats
    """Logarithms of values, shape ``(experiments, blocks, rounds, cells)``."""
    before: Floats
    """Canaries before and after them, shape ``(experiments, blocks, rounds, cells, CPUs)``."""
    after: Floats
    is_used: NDArray[np.bool_]
    """CPUs of each cell, shape ``(blocks, cells, CPUs)``."""


def delays(
    rng: np.random.Generator, disturbance: Disturbance, rows: int, moments: Floats
) -> Floats:
    """Return the time lost up to each of the ascending ``moments``, shape ``(rows, moments)``.

    Each row is a CPU on its own; the chain of its states has begun long before.
    """
    if disturbance.share == 0:
        return np.zeros((rows, len(moments)))
    shortest, longest = disturbance.lengths.value
    mean_s = (longest - shortest) / np.log(longest / shortest)
    quiet_s = mean_s * (1 - disturbance.share) / disturbance.share
    end = moments[-1]
    # Six standard deviations of the number of cycles are to spare.
    expected = end / (mean_s + quiet_s)
    cycles = int(expected + 6 * np.sqrt(expected)) + 2
    lengths = np.exp(rng.uniform(np.log(shortest), np.log(longest), (rows, cycles)))
    pauses = rng.exponential(quiet_s, (rows, cycles))
    # What a moment hits is longer than most, in proportion to its length, and partly over.
    is_hit = rng.random(rows) < disturbance.share
    lengths[:, 0] = is_hit * rng.uniform(shortest, longest, rows) * rng.random(rows)
    slow = rng.uniform(*_FACTORS, (rows, cycles)) - 1
    times, totals = np.zeros((2, rows, 2 * cycles + 1))
    times[:, 1::2], times[:, 2::2] = lengths, pauses
    np.cumsum(times, axis=1, out=times)
    # All rows are laid end to end, for a single call.
    start = (end + times.max()) * np.arange(rows)[:, np.newaxis]
    times += start
    np.cumsum(lengths * slow, axis=1, out=totals[:, 1::2])
    totals[:, 2::2] = totals[:, 1::2]
    found = np.interp((moments + start).ravel(), times.ravel(), totals.ravel())
    return np.asarray(found.reshape(rows, len(moments)))


def in_rounds(
    rng: np.random.Generator, disturbance: Disturbance, experiments: int, *, blocks: int = BLOCKS
) -> Rounds:
    """Return experiments in blocks of rounds."""
    turns = ROUNDS * CELLS
    # The canary of a turn begins and ends, its value begins; this ends when the next turn begins.
    parts = np.array([0, _SUNG_S, _CANARY_S + _LEAD_S])
    moments = (_TURN_S * np.arange(turns + 1)[:, np.newaxis] + parts).ravel()
    shape = (experiments, blocks, CPUS, turns + 1, len(parts))
    lost = delays(rng, disturbance, experiments * blocks * CPUS, moments).reshape(shape)
    drift = _drift(rng, disturbance.drift, experiments, (blocks, turns + 1))
    canary = 1 + (lost[..., 1] - lost[..., 0]) / _SUNG_S
    canary *= np.exp(drift[:, :, np.newaxis] + _CANARY_SD * rng.standard_normal(canary.shape))
    canary = np.moveaxis(canary, 2, -1)
    slow = 1 + (lost[..., 1:, 0] - lost[..., :-1, 2]) / _VALUE_S
    # Which turn of its round each cell takes.
    order = np.argsort(rng.random((experiments, blocks, ROUNDS, CELLS)), axis=-1)
    turn = order + CELLS * np.arange(ROUNDS)[:, np.newaxis]
    rows = np.arange(experiments)[:, None, None, None], np.arange(blocks)[:, None, None]
    first = np.arange(blocks)[:, None, None] % CPUS
    singles, pairs = turn[..., : CELLS // 2], turn[..., CELLS // 2 :]
    alone = slow[rows[0], rows[1], first, singles]
    both = np.max(slow, axis=2)[rows[0], rows[1], pairs]
    logs = np.log(np.concatenate([alone, both], axis=-1)) + drift[rows[0], rows[1], turn]
    logs += _processes(rng, (experiments, blocks, 1, CELLS))
    logs += _VALUE_SD * rng.standard_normal(logs.shape)
    is_used = np.ones((blocks, CELLS, CPUS), dtype=bool)
    is_used[:, : CELLS // 2] = np.arange(CPUS) == first
    return Rounds(
        logs=logs,
        before=canary[rows[0], rows[1], turn],
        after=canary[rows[0], rows[1], turn + 1],
        is_used=is_used,
    )


def in_processes(
    rng: np.random.Generator,
    disturbance: Disturbance,
    experiments: int,
    *,
    blocks: int = PROCESSES,
) -> Floats:
    """Return experiments of one process after another, each with two long values.

    Logarithms, shape ``(experiments, blocks, cells, 2)``. In random order, the builds at one number
    of threads side by side.
    """
    end = _PROCESS_S * np.arange(1, CELLS + 1)[:, np.newaxis]
    moments = (end - _LONG_S * np.arange(2, -1, -1)).ravel()
    shape = (experiments, blocks, CPUS, CELLS, 3)
    lost = delays(rng, disturbance, experiments * blocks * CPUS, moments).reshape(shape)
    slow = 1 + np.diff(lost, axis=-1) / _LONG_S
    drift = _drift(rng, disturbance.drift, experiments, (blocks, CELLS))
    builds = CELLS // 2
    order = np.argsort(rng.random((experiments, blocks, 2, builds)), axis=-1)
    is_last = rng.integers(0, 2, (experiments, blocks, 1, 1))
    place = (order + builds * np.array([[0], [1]])).reshape(experiments, blocks, CELLS)
    place = (place + builds * is_last[..., 0]) % CELLS
    rows = np.arange(experiments)[:, None, None], np.arange(blocks)[:, None]
    first = np.arange(blocks)[:, None] % CPUS
    alone = slow[rows[0], rows[1], first, place[..., :builds]]
    both = np.max(slow, axis=2)[rows[0], rows[1], place[..., builds:]]
    logs = np.log(np.concatenate([alone, both], axis=2)) + drift[rows[0], rows[1], place][..., None]
    logs += _processes(rng, (experiments, blocks, CELLS, 1))
    return np.asarray(logs + _VALUE_SD * rng.standard_normal(logs.shape))


def _drift(
    rng: np.random.Generator, drift: Drift, experiments: int, shape: tuple[int, int]
) -> Floats:
    """Return the log slowness of the machine, shape ``(experiments, *shape)``."""
    blocks, steps = shape
    if drift is Drift.NONE:
        return np.zeros((experiments, *shape))
    path = simulation.drifts(rng, drift, (experiments, blocks * _WORKLOADS * steps))
    return path.reshape(experiments, blocks, _WORKLOADS, steps)[:, :, 0]


def _processes(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return what processes differ by: some per cent, and now and then much."""
    odd = np.log1p(_ODD) * (rng.random(shape) < _ODD_SHARE)
    return np.asarray(_PROCESS_SD * rng.standard_normal(shape) + odd)
