"""Simulated families of comparisons: family error, simultaneous bands, power, equivalence."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from harness.model import Decision
from harness.statistics.intervals import band_level, ratio
from harness.statistics.levels import ALPHA
from harness.statistics.location import paired
from harness.statistics.verdicts import PRACTICAL, judge, minimum_detectable_effect
from harness.validation import simulation
from harness.validation.checks import covers
from harness.validation.rows import Task
from harness.validation.simulation import SD, NoiseShape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Verdict
    from harness.validation.simulation import Floats

__all__ = ["BAND", "EQUIVALENCE", "FAMILY", "POWER", "tasks"]

FAMILY = "families"
BAND = "bands"
POWER = "power"
EQUIVALENCE = "equivalence"
_BLOCKS = (5, 10, 20)
_DIFFERENCE = 0.03
_REAL = math.log(1.1)


def _differences(
    rng: np.random.Generator, simulations: int, *, comparisons: int, blocks: int, sd: float = SD
) -> Floats:
    """Return differences to one baseline, shape ``(simulations, comparisons, blocks)``."""
    cells = sd * simulation.noises(rng, NoiseShape.NORMAL, (simulations, comparisons + 1, blocks))
    return np.asarray(cells[:, 1:] - cells[:, :1])


def _verdicts(differences: Floats) -> list[Verdict]:
    verdicts = judge([paired(pairs) for pairs in differences])
    return [verdict for verdict in verdicts if verdict is not None]


def family_error(
    rng: np.random.Generator, simulations: int, *, comparisons: int, blocks: int, different: int
) -> dict[str, int]:
    """Return how often at least one of the equal comparisons is called different."""
    each = _differences(rng, simulations, comparisons=comparisons, blocks=blocks)
    each[:, :different] += _REAL
    alone = together = 0
    for differences in each:
        equal = _verdicts(differences)[different:]
        alone += any(verdict.p < ALPHA for verdict in equal)
        together += any(verdict.p_family < ALPHA for verdict in equal)
    return {"uncorrected": alone, "after Holm": together}


def band_coverage(
    rng: np.random.Generator, simulations: int, *, points: int, blocks: int
) -> dict[str, int]:
    """Return how often all points of a curve lie in their intervals, and in their band."""
    level = band_level(points)
    alone = together = 0
    for differences in _differences(rng, simulations, comparisons=points, blocks=blocks):
        where = [paired(location) for location in differences]
        alone += all(covers(ratio(location), 1.0) for location in where)
        together += all(covers(ratio(location, level), 1.0) for location in where)
    return {"all in their intervals": alone, "all in the band": together}


def power(
    rng: np.random.Generator, simulations: int, *, comparisons: int, blocks: int
) -> dict[str, int]:
    """Return how often the only difference in a family is found."""
    quiet = _differences(rng, 1000, comparisons=1, blocks=blocks)[:, 0]
    detectable = float(
        np.median([minimum_detectable_effect(paired(pairs), comparisons) for pairs in quiet])
    )
    hits = {}
    for name, difference in (("3 %", _DIFFERENCE), ("smallest detectable", detectable)):
        each = _differences(rng, simulations, comparisons=comparisons, blocks=blocks)
        each[:, 0] += math.log1p(difference)
        hits[name] = sum(_verdicts(pairs)[0].decision is Decision.SLOWER for pairs in each)
    return hits


def equivalence(
    rng: np.random.Generator, simulations: int, *, sd: float, blocks: int
) -> dict[str, int]:
    """Return how often a ratio is called equivalent: correctly, and at the threshold."""
    edge = math.log1p(PRACTICAL)
    hits = {}
    for name, truth, comparisons in (
        ("no difference", 0.0, 1),
        ("2 % slower", edge, 1),
        ("2 % faster", -edge, 1),
        ("6 of them 2 % slower, any", edge, 6),
    ):
        each = _differences(rng, simulations, comparisons=comparisons, blocks=blocks, sd=sd) + truth
        hits[name] = sum(
            any(verdict.decision is Decision.EQUIVALENT for verdict in _verdicts(pairs))
            for pairs in each
        )
    return hits


def tasks() -> Iterator[Task]:
    """Yield a task for each row."""
    for blocks, comparisons, has_different in itertools.product(
        _BLOCKS, (3, 6, 12, 24), (False, True)
    ):
        different = comparisons // 2 if has_different else 0
        if has_different and blocks != 10:  # noqa: PLR2004 - the default is enough for this
            continue
        yield Task(
            table=FAMILY,
            labels={
                "blocks": str(blocks),
                "comparisons": str(comparisons),
                "of them 10 % slower": str(different),
            },
            count=family_error,
            arguments={"comparisons": comparisons, "blocks": blocks, "different": different},
            limits={"after Holm": (0.0, 0.06)},
        )
    for blocks, points in itertools.product(_BLOCKS, (3, 6)):
        yield Task(
            table=BAND,
            labels={"blocks": str(blocks), "points": str(points)},
            count=band_coverage,
            arguments={"points": points, "blocks": blocks},
            limits={"all in the band": (0.94, 1.0)},
        )
    for blocks, comparisons in itertools.product(_BLOCKS, (1, 6, 24)):
        is_promised = blocks >= 10 and comparisons == 1  # noqa: PLR2004 - the default
        yield Task(
            table=POWER,
            labels={"blocks": str(blocks), "comparisons": str(comparisons)},
            count=power,
            arguments={"comparisons": comparisons, "blocks": blocks},
            limits={"3 %": (0.8, 1.0)} if is_promised else {},
        )
    for blocks, sd in itertools.product(_BLOCKS, (0.005, 0.01, 0.02)):
        yield Task(
            table=EQUIVALENCE,
            labels={"blocks": str(blocks), "processes vary by": f"{100 * sd:g} %"},
            count=equivalence,
            arguments={"sd": sd, "blocks": blocks},
            limits={"2 % slower": (0.0, 0.06), "2 % faster": (0.0, 0.06)},
        )
