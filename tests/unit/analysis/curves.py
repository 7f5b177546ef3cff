"""Plans for a large machine, and times of a known truth: drift per block, noise per process."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from harness.analysis.experiment.times import Times
from harness.model import Cpu, Mode
from harness.planning.plan import make_plan
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model import Cell, Plan

CORES = 16
LEVELS = (1, 2, 4, 8, 16)
MACHINE = msgspec.structs.replace(
    fakes.TWO_CPUS, cpus=tuple(Cpu(id=core, core=core, node=0) for core in range(CORES))
)


def plan(
    labels: tuple[str, ...] = ("3.14t",),
    *,
    workloads: tuple[str, ...] = ("factorize",),
    modes: tuple[Mode, ...] | None = (Mode.THREADS,),
    threads: tuple[int, ...] = LEVELS,
    **more: Any,
) -> Plan:
    """Return a plan for ``MACHINE``."""
    return make_plan(
        fakes.config(labels, workloads=workloads, modes=modes, threads=threads, **more),
        variants=tuple(fakes.variant(label) for label in labels),
        sweep=threads,
        usable_cpus=CORES,
    )


def usl(alpha: float, beta: float = 0.0, *, is_weak: bool = False) -> Callable[[Cell], float]:
    """Return the time of a cell under the universal scalability law, 1 s with one thread."""

    def time_s(cell: Cell) -> float:
        n = cell.benchmark.threads
        return (1 + alpha * (n - 1) + beta * n * (n - 1)) / (1 if is_weak else n)

    return time_s


def log_times(
    of: Plan,
    time_s: Callable[[Cell], float],
    *,
    blocks: int = 10,
    noise: float = 0.0,
    drift: float = 0.0,
    seed: int = 0,
) -> Times:
    """Return the times of processes of one value; ``drift`` is a random walk's step."""
    random = np.random.default_rng(seed)
    truth = np.log([time_s(cell) for cell in of.cells])
    walk = np.cumsum(random.normal(0, drift, (blocks, 1)), axis=0)
    logs = truth + walk + random.normal(0, noise, (blocks, len(of.cells)))
    names = [cell.name for cell in of.cells]
    return Times(
        blocks=tuple(range(1, blocks + 1)),
        logs={name: logs[:, [column]] for column, name in enumerate(names)},
        calm={},
    )


def without(times: Times, cell: str, blocks: Iterable[int] | None = None) -> Times:
    """Return the times without those of a cell, in these blocks or altogether."""
    logs = dict(times.logs)
    if blocks is None:
        del logs[cell]
    else:
        is_lost = np.isin(times.blocks, [*blocks])
        logs[cell] = np.where(is_lost[:, None], np.nan, logs[cell])
    return dataclasses.replace(times, logs=logs)
