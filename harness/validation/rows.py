"""Rows of the tables: the task to simulate, and its result."""

from __future__ import annotations

import dataclasses
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Rate", "SimulatedRow", "Task", "simulated"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """One row, to be simulated."""

    table: str
    labels: Mapping[str, str]
    """What is simulated: heading → entry."""
    count: Callable[..., Mapping[str, int | float]]
    """Takes a generator, the number of experiments and ``arguments``; heading → how many of the
    experiments did it, or a figure, which is a float."""
    arguments: Mapping[str, object]
    limits: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    """The promise of the design: heading → lowest and highest share; others are only reported."""

    @property
    def key(self) -> str:
        """Return the name of the row, which seeds its random numbers."""
        return f"{self.table}: {', '.join(self.labels.values())}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rate:
    """The share of the simulated experiments that did it."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Return it as a number from 0 to 1."""
        return self.hits / self.of


@dataclasses.dataclass(frozen=True, kw_only=True)
class SimulatedRow:
    """One row, simulated."""

    table: str
    labels: Mapping[str, str]
    rates: Mapping[str, Rate]
    figures: Mapping[str, float]
    """Other numbers than rates."""
    outside: tuple[str, ...]
    """Headings whose share lies outside its limits."""


def simulated(task: Task, *, simulations: int, seed: int) -> SimulatedRow:
    """Return the row of a task; its random numbers depend on no other row."""
    rng = np.random.default_rng((seed, zlib.crc32(task.key.encode())))
    numbers = task.count(rng, simulations, **task.arguments)
    figures = {name: number for name, number in numbers.items() if isinstance(number, float)}
    rates = {
        name: Rate(hits=int(number), of=simulations)
        for name, number in numbers.items()
        if name not in figures
    }
    outside = tuple(
        name for name, (low, high) in task.limits.items() if not low <= rates[name].share <= high
    )
    return SimulatedRow(
        table=task.table, labels=task.labels, rates=rates, figures=figures, outside=outside
    )
