"""Whether the machine was undisturbed while a value was measured, by the canaries around it.

The choice depends on the canaries alone, never on the value, so that it favours nobody.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.levels import UNDISTURBED
from harness.statistics.rounds import is_calm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from harness.model import Cell, Outcome

    Calm = Mapping[tuple[bool, int, Cell], NDArray[np.bool_]]
    """Key of a job → for each of its turns whether it was calm."""

__all__ = ["calm_share", "calm_turns", "undisturbed_us"]

_PAUSE_S = 0.1
"""A token that is held so much longer than its value takes was held while we did not run."""


def undisturbed_us(outcomes: Iterable[Outcome]) -> dict[int, float]:
    """Return the undisturbed level of each CPU's canaries, in microseconds."""
    readings: dict[int, list[int]] = {}
    for outcome in outcomes:
        for turn in outcome.turns:
            for canaries in (turn.before, turn.after):
                for cpu, took_us in zip(outcome.cpus, canaries, strict=False):
                    readings.setdefault(cpu, []).append(took_us)
    return {cpu: float(np.quantile(took_us, UNDISTURBED)) for cpu, took_us in readings.items()}


def calm_turns(outcomes: Iterable[Outcome]) -> Calm | None:
    """Return which turns were calm; ``None`` where there are no canaries."""
    outcomes = tuple(outcomes)
    levels = undisturbed_us(outcomes)
    if not levels:
        return None
    return {outcome.job.key: _calm(outcome, levels) for outcome in outcomes}


def calm_share(outcomes: Iterable[Outcome]) -> float | None:
    """Return the share of calm turns; ``None`` where that is not known."""
    calm = calm_turns(outcomes)
    turns = np.concatenate([*calm.values()]) if calm else np.empty(0)
    return float(np.mean(turns)) if len(turns) else None


def _calm(outcome: Outcome, levels: Mapping[int, float]) -> NDArray[np.bool_]:
    cpus, turns = outcome.cpus, outcome.turns
    if not cpus or not turns:
        return np.zeros(len(turns), dtype=bool)
    undisturbed = np.array([levels.get(cpu, 0.0) for cpu in cpus])
    sides = [_of_each(side, len(cpus)) for turn in turns for side in (turn.before, turn.after)]
    around = np.array(sides, dtype=float).reshape(len(turns), 2, len(cpus))
    held = np.array([turn.held_s for turn in turns])
    is_prompt = held <= 2 * np.median(held) + _PAUSE_S
    return np.asarray(is_calm(around, undisturbed).all(axis=(1, 2)) & is_prompt)


def _of_each(took_us: tuple[int, ...], cpus: int) -> tuple[float, ...]:
    """Return a canary for each CPU: without one, it was not calm."""
    return took_us if len(took_us) == cpus else (math.inf,) * cpus
