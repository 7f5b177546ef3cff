"""False positives and coverage of paired comparisons, under drift and noise."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.experiment.frame import process_summary
from harness.model import Benchmark, Cell, Mode
from harness.planning.plan import block_order
from harness.statistics.intervals import ratio
from harness.statistics.location import paired
from harness.validation import simulation
from harness.validation.checks import covers, differs, pyperf_differs
from harness.validation.rows import Task
from harness.validation.simulation import Drift, NoiseShape, SimulatedMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.validation.simulation import Floats, Integers

__all__ = ["DESIGN", "LIMITS", "OUTSIDE", "Setting", "tasks"]

DESIGN = "pairs"
OUTSIDE = "pairs outside the design"
LIMITS = (0.03, 0.07)
_COVERED = (0.93, 0.97)
_RATIO = 1.05
_VARIANTS, _WORKLOADS, _THREADS = ("base", "other", "third"), ("first", "second"), (1, 2, 4, 8)
_CELLS = tuple(
    Cell(variant=variant, benchmark=Benchmark(workload=name, mode=Mode.THREADS, threads=count))
    for name, count, variant in itertools.product(_WORKLOADS, _THREADS, _VARIANTS)
)
_JOBS = len(_CELLS)
_SEEN = tuple(
    next(
        number
        for number, cell in enumerate(_CELLS)
        if (cell.variant, cell.benchmark.workload, cell.benchmark.threads) == seen
    )
    for seen in (("base", "first", 4), ("other", "first", 4), ("other", "first", 1))
)
"""The cells compared: the second with the first is a ratio, with the third a speed-up."""
_ORDERS = 100
"""Orders drawn for each number of blocks; the experiments of a row take them in turn."""
_GROUPS = {cell.benchmark.workload: cell.benchmark.workload for cell in _CELLS}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """One kind of experiment."""

    machine: SimulatedMachine = dataclasses.field(default_factory=SimulatedMachine)
    blocks: int = 10
    values: int = 2
    spread: float = 1.0
    """The second cell's standard deviation ÷ that of the others."""
    hit: float = 0.0
    """Standard deviation of interference with the second cell alone, correlated over blocks."""


def count(rng: np.random.Generator, simulations: int, *, setting: Setting) -> dict[str, int]:
    """Return how often equal cells are called different, and a ratio of 1.05 covered."""
    blocks = setting.blocks
    rows = np.arange(simulations)[:, np.newaxis, np.newaxis]
    path = simulation.drifts(rng, setting.machine.drift, (simulations, blocks * _JOBS))
    interleaved = path[rows, _interleaved(blocks)[rows[:, 0, 0] % _ORDERS]]
    sequential = path[rows, _sequential(blocks)[np.newaxis]]
    times = _times(rng, setting, interleaved)
    summaries = process_summary(times)
    in_turn = _times(rng, setting, sequential)
    slower = _times(rng, setting, interleaved)
    slower[:, :, 1] *= _RATIO
    slower_summaries = process_summary(slower)
    return {
        "ratio": sum(differs(paired(logs[:, 1] - logs[:, 0])) for logs in summaries),
        "speed-up": sum(differs(paired(logs[:, 1] - logs[:, 2])) for logs in summaries),
        "coverage": sum(
            covers(ratio(paired(logs[:, 1] - logs[:, 0])), _RATIO) for logs in slower_summaries
        ),
        "5 % found": sum(differs(paired(logs[:, 1] - logs[:, 0])) for logs in slower_summaries),
        "pyperf, interleaved": pyperf_differs(times[:, :, 1], times[:, :, 0]),
        "pyperf finds 5 %": pyperf_differs(slower[:, :, 1], slower[:, :, 0]),
        "pyperf, one after another": pyperf_differs(in_turn[:, :, 1], in_turn[:, :, 0]),
    }


def _times(rng: np.random.Generator, setting: Setting, path: Floats) -> Floats:
    """Return values, shape ``(simulations, blocks, cells, values)``."""
    times = simulation.values(rng, setting.machine, path, count=setting.values)
    if setting.spread != 1:
        noise = times[:, :, 1] / np.exp(path[:, :, 1, np.newaxis])
        times[:, :, 1] *= noise ** (setting.spread - 1)
    if setting.hit:
        hit = simulation.interference(rng, path.shape[:2], memory=0.8)
        times[:, :, 1] *= np.exp(setting.hit * hit)[..., np.newaxis]
    return times


@functools.cache
def _interleaved(blocks: int) -> Integers:
    """Return when each job runs in the plan's order, shape ``(orders, blocks, cells)``."""
    orders = np.array(
        [block_order(_CELLS, groups=_GROUPS, blocks=blocks, seed=seed) for seed in range(_ORDERS)]
    )
    places = np.argsort(orders, axis=-1)[..., _SEEN]
    return np.asarray(places + _JOBS * np.arange(blocks)[:, np.newaxis])


def _sequential(blocks: int) -> Integers:
    """Return when each job runs in a script that calls pyperf, shape ``(blocks, cells)``.

    All benchmarks of one interpreter, then those of the next; the processes of a benchmark follow
    each other.
    """
    order = sorted(range(_JOBS), key=lambda number: _CELLS[number].variant)
    places = np.array([order.index(number) for number in _SEEN])
    return np.asarray(places * blocks + np.arange(blocks)[:, np.newaxis])


def tasks() -> Iterator[Task]:
    """Yield every combination of five factors, and settings outside this design."""
    for drift, share, noise, blocks, values in itertools.product(
        (Drift.NONE, Drift.LINEAR, Drift.WALK, Drift.SINE, Drift.STEP),
        (0.0, 0.3, 0.6, 0.95),
        (NoiseShape.NORMAL, NoiseShape.SKEWED),
        (5, 10, 20),
        (2, 5),
    ):
        machine = SimulatedMachine(drift=drift, noise=noise, share=share)
        yield Task(
            table=DESIGN,
            labels={
                "drift": drift,
                "between processes": f"{share:.0%}",
                "noise": noise,
                "blocks": str(blocks),
                "values": str(values),
            },
            count=count,
            arguments={"setting": Setting(machine=machine, blocks=blocks, values=values)},
            limits={"ratio": LIMITS, "speed-up": LIMITS, "coverage": _COVERED},
        )
    skewed = SimulatedMachine(noise=NoiseShape.SKEWED)
    outside = {
        "the machine has two speeds in turn": Setting(machine=SimulatedMachine(drift=Drift.SPELLS)),
        "one process in four is slow": Setting(
            machine=SimulatedMachine(noise=NoiseShape.TWO_SPEEDS)
        ),
        "one side varies 3 times as much": Setting(spread=3),
        "the same, and is skewed": Setting(machine=skewed, spread=3),
        "2 % of interference for blocks on end hit one side alone": Setting(hit=0.02),
    }
    for name, setting in outside.items():
        for blocks in (5, 10, 20):
            yield Task(
                table=OUTSIDE,
                labels={"what": name, "blocks": str(blocks)},
                count=count,
                arguments={"setting": dataclasses.replace(setting, blocks=blocks)},
            )
