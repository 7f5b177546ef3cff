"""How much the same thing differs from run to run on this machine, from stored experiments."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.comparing.comparability import other_machine
from harness.statistics.location import RunToRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from harness.analysis.comparing.sides import CellSample, ComparisonInput

__all__ = ["ASSUMED_SD", "ASSUMED_SHARE", "MIN_RUNS", "RunToRunEstimate", "assumed", "known"]

ASSUMED_SD = 0.03
"""Assumed where nothing is known. On an idle shared machine with two cores the means of 40
successive pyperf runs of one build had a standard deviation of 2.8 %."""
ASSUMED_SHARE = 0.5
"""Part of the standard deviation between processes that is assumed at least: slow spells outlast
a process, and so move whole runs. In 20 runs on that machine when it was busy, runs differed by
0.4 to 0.8 of what processes did."""
MIN_RUNS = 5
"""Fewer experiments estimate a standard deviation badly: with 3 its 95 % interval reaches from
half of it to six times as much, and the assumption above is better."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunToRunEstimate:
    """A run-to-run spread, and where it comes from."""

    spread: RunToRun
    experiments: int
    """Stored experiments it was estimated from; 0 when it was assumed or given."""


def assumed(old: NDArray[np.float64], new: NDArray[np.float64]) -> RunToRunEstimate:
    """Return the default for two samples (shape ``(processes,)``) of unknown drift.

    max(``ASSUMED_SD``, ``ASSUMED_SHARE`` · √((s₁² + s₂²) ÷ 2)).
    """
    variances = [float(np.var(each, ddof=1)) for each in (old, new) if len(each) > 1]
    spread = math.sqrt(sum(variances) / len(variances)) if variances else 0.0
    sd = max(ASSUMED_SD, ASSUMED_SHARE * spread)
    return RunToRunEstimate(spread=RunToRun(sd=sd, df=math.inf), experiments=0)


def known(
    sides: Iterable[ComparisonInput], like: ComparisonInput
) -> Mapping[str, RunToRunEstimate]:
    """Return how much runs on the machine of ``like`` differ, by kind of work.

    A group is one build in one environment with one benchmark and workload code, measured in
    two experiments or more. Of a group of k experiments with means mᵢ and squared standard
    errors eᵢ², the run-to-run variance is s²(m) − mean(eᵢ²); groups are pooled with k − 1 as
    weights, and what falls below 0 counts as 0 after pooling. Cells of one experiment drift
    together: the degrees of freedom are the distinct experiments, less one for each set of them
    that groups connect. Waits of fixed length and paced work are left out, and so is a kind of
    work with fewer than ``MIN_RUNS`` − 1 degrees of freedom. A. I. Khuri and H. Sahai,
    "Variance components analysis", International Statistical Review 53 (1985).
    """
    groups: dict[tuple[object, ...], list[tuple[str, CellSample]]] = {}
    for side in sides:
        if not other_machine(side.place, like.place):
            _gather(side, groups)
    kinds: dict[str, list[list[tuple[str, CellSample]]]] = {}
    for (kind, *_), group in groups.items():
        if len({name for name, _ in group}) > 1:
            kinds.setdefault(str(kind), []).append(group)
    pooled = {kind: _pooled(each) for kind, each in kinds.items()}
    return {
        kind: estimate for kind, estimate in pooled.items() if estimate.spread.df >= MIN_RUNS - 1
    }


def _gather(
    side: ComparisonInput, groups: dict[tuple[object, ...], list[tuple[str, CellSample]]]
) -> None:
    """Add each cell of an experiment to its group; of one build under two labels the first."""
    seen = set()
    for key, sample in side.samples.items():
        settings = tuple(value for name, value in side.settings if name != "workload code")
        build = side.build_id(key.variant)
        group = (sample.kind, build, key.benchmark, sample.code, settings)
        # A fixed duration tells nothing about the machine.
        is_usable = len(sample.logs) > 1 and not sample.is_paced and not sample.is_wait
        if is_usable and group not in seen:
            seen.add(group)
            groups.setdefault(group, []).append((side.name, sample))


def _pooled(groups: list[list[tuple[str, CellSample]]]) -> RunToRunEstimate:
    excess, weights = 0.0, 0
    for group in groups:
        means = [float(np.mean(sample.logs)) for _, sample in group]
        errors = [float(np.var(sample.logs, ddof=1)) / len(sample.logs) for _, sample in group]
        excess += (len(group) - 1) * (float(np.var(means, ddof=1)) - float(np.mean(errors)))
        weights += len(group) - 1
    together = [{name for name, _ in group} for group in groups]
    experiments = len(set().union(*together))
    sd = math.sqrt(max(0.0, excess / weights))
    df = experiments - _components(together)
    return RunToRunEstimate(spread=RunToRun(sd=sd, df=df), experiments=experiments)


def _components(sets: Iterable[set[str]]) -> int:
    """Return the number of connected components: sets are linked by common members."""
    parts: list[set[str]] = []
    for members in sets:
        near = [part for part in parts if part & members]
        parts = [part for part in parts if not part & members]
        parts.append(members.union(*near))
    return len(parts)
