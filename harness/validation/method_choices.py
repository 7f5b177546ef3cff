"""Simulations behind the choice of methods: trimming, early stopping, unpaired runs."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.experiment.frame import process_summary
from harness.statistics.intervals import estimate, ratio, sign_interval
from harness.statistics.location import Location, RunToRun, paired, student, welch, yuen
from harness.statistics.verdicts import minimum_detectable_effect
from harness.validation import simulation
from harness.validation.checks import covers, differs, pyperf_differs
from harness.validation.rows import Task
from harness.validation.simulation import SD, NoiseShape, SimulatedMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.validation.simulation import Floats

__all__ = ["STOPPING", "TRIMMING", "UNPAIRED", "tasks"]

TRIMMING = "trimming"
STOPPING = "stopping"
UNPAIRED = "unpaired"
_FIRST_LOOK = 5
_LIMITS = (0.03, 0.07)


def trimming(
    rng: np.random.Generator, simulations: int, *, pairs: int, noise: NoiseShape, is_one_sided: bool
) -> dict[str, int]:
    """Return how often each method errs, and how often it finds a real difference.

    That is the one which Student's t finds in four of five experiments with normal noise.
    """
    sides = SD * simulation.noises(rng, noise, (2, simulations, pairs))
    if is_one_sided:
        sides[1] = SD * simulation.noises(rng, NoiseShape.NORMAL, (simulations, pairs))
    error = SD * math.sqrt(2 / pairs)
    normal = Location(point=0, error=error, df=pairs - 1, n=pairs, method="")
    real = math.log1p(minimum_detectable_effect(normal))
    equal = sides[0] - sides[1]
    return {
        "t": sum(differs(student(differences)) for differences in equal),
        "Yuen": sum(differs(yuen(differences)) for differences in equal),
        "sign test": sum(_is_outside_sign_interval(differences) for differences in equal),
        "t finds": sum(differs(student(differences)) for differences in equal + real),
        "Yuen finds": sum(differs(yuen(differences)) for differences in equal + real),
    }


def _is_outside_sign_interval(differences: Floats) -> bool:
    interval = sign_interval(differences)
    return interval.low is not None and not covers(interval, 0.0)


def stopping(
    rng: np.random.Generator, simulations: int, *, goal: float, most: int
) -> dict[str, int]:
    """Return how often the last interval covers when blocks end once it is narrow enough."""
    noise = SD * simulation.noises(rng, NoiseShape.NORMAL, (2, simulations, most))
    covered = early = fixed = 0
    for differences in noise[0] - noise[1]:
        blocks = _blocks_until(differences, goal)
        covered += covers(ratio(paired(differences[:blocks])), 1.0)
        early += blocks < most
        fixed += covers(ratio(paired(differences)), 1.0)
    return {"stopped early": early, "coverage": covered, "coverage of all blocks": fixed}


def _blocks_until(differences: Floats, goal: float) -> int:
    for blocks in range(_FIRST_LOOK, len(differences)):
        interval = estimate(paired(differences[:blocks]))
        if interval.high is not None and interval.high - interval.point <= goal:
            return blocks
    return len(differences)


def unpaired(
    rng: np.random.Generator, simulations: int, *, run_sd: float, processes: int
) -> dict[str, int]:
    """Return how often two runs of the same thing at different times are called different."""
    run = run_sd * rng.standard_normal((simulations, 2, 1))
    times = simulation.values(rng, SimulatedMachine(), np.repeat(run, processes, axis=2), count=2)
    counts: dict[str, int] = {}
    dfs = {"Welch": None, "run-to-run known": math.inf, "from 10 runs": 9.0, "from 3 runs": 2.0}
    for name, df in dfs.items():
        sds = np.full(simulations, run_sd)
        if df is not None and math.isfinite(df):
            sds *= np.sqrt(rng.chisquare(df, simulations) / df)
        counts[name] = sum(
            differs(welch(logs[0], logs[1], None if df is None else RunToRun(sd=float(sd), df=df)))
            for logs, sd in zip(process_summary(times), sds, strict=True)
        )
    return {**counts, "pyperf": pyperf_differs(times[:, 0], times[:, 1])}


def tasks() -> Iterator[Task]:
    """Yield a task for each row."""
    noises = (
        (NoiseShape.NORMAL, False),
        (NoiseShape.HEAVY, False),
        (NoiseShape.SKEWED, False),
        (NoiseShape.TWO_SPEEDS, False),
        (NoiseShape.SKEWED, True),
    )
    for (noise, is_one_sided), pairs in itertools.product(noises, (5, 6, 8, 10, 12, 20)):
        yield Task(
            table=TRIMMING,
            labels={"noise": noise + ", one side only" * is_one_sided, "pairs": str(pairs)},
            count=trimming,
            arguments={"pairs": pairs, "noise": noise, "is_one_sided": is_one_sided},
        )
    for goal, most in itertools.product((0.01, 0.02, 0.03), (20, 40)):
        yield Task(
            table=STOPPING,
            labels={"stops at": f"± {100 * goal:g} %", "blocks at most": str(most)},
            count=stopping,
            arguments={"goal": goal, "most": most},
        )
    for run_sd, processes in itertools.product((0.0, 0.03), (5, 10, 20)):
        yield Task(
            table=UNPAIRED,
            labels={"runs vary by": f"{100 * run_sd:g} %", "processes": str(processes)},
            count=unpaired,
            arguments={"run_sd": run_sd, "processes": processes},
            limits={"run-to-run known": _LIMITS},
        )
