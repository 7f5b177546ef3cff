"""Times of all cells, round by round.

Two cells are compared in each block, over the rounds in which the machine was calm, by the rule of
``harness/statistics/rounds.py``, and blocks are what intervals count. A neighbour's burst slows two
threads more often than one, so that the median over all rounds moves with the noise of the
machine; ``docs/methodology.md`` has the tables.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.experiment.calm import calm_turns
from harness.model import Status
from harness.statistics.location import Location, paired
from harness.statistics.rounds import are_decisive, calm_differences, median_of_rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from harness.model import Cell, Outcome
    from harness.storage.worker_result import RunData, Runs

    Rounds = NDArray[np.float64]
    """One cell: shape ``(blocks, rounds)``, NaN where it has no value."""

__all__ = ["Times", "process_times", "split_workloads"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Times:
    """Natural logarithms of seconds per loop."""

    blocks: tuple[int, ...]
    """Numbers of the blocks, ascending."""
    logs: Mapping[str, Rounds]
    """By name of the cell. Where cells took no turns, a process's median is its only value."""
    calm: Mapping[str, NDArray[np.bool_]]
    """Of the same shape: whether the machine was undisturbed; empty where that is not known."""
    cpus: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How many CPUs a cell uses. In a block, as many are the same ones."""

    def __contains__(self, cell: str) -> bool:
        """Return whether a cell has a value at all."""
        return cell in self.logs

    def minus(self, over: str, under: str, *, is_all: bool = False) -> NDArray[np.float64]:
        """Return log time(over) − log time(under) of each block, shape ``(blocks,)``.

        Over the calm rounds, or over all of them where ``is_all`` says so or too few are calm; NaN
        for a block that does not count.
        """
        if over not in self.logs or under not in self.logs:
            return np.full(len(self.blocks), np.nan)
        if is_all or not self._may_be_calm(over, under):
            return self._all_rounds(over, under)
        return calm_differences(
            self.logs[over],
            self.logs[under],
            calm_over=self.calm[over],
            calm_under=self.calm[under],
            is_alike=self._are_alike(over, under),
        )

    def _may_be_calm(self, over: str, under: str) -> bool:
        """Return whether calm rounds can be chosen: it is known which are, and there are several.

        What waits has one value in a block, which no burst prolongs.
        """
        if over not in self.calm or under not in self.calm:
            return False
        common = np.sum(~np.isnan(self.logs[over] - self.logs[under]), axis=1)
        return bool(common.max(initial=0) > 1)

    def _are_alike(self, over: str, under: str) -> bool:
        """Return whether a disturbance slows both alike: each runs on the same one CPU.

        On several CPUs it does not, where one holds a lock and leaves all CPUs but one idle.
        """
        return self.cpus.get(over) == self.cpus.get(under) == 1

    def _all_rounds(self, over: str, under: str) -> NDArray[np.float64]:
        """Return the median over all rounds that have both; without one, that of the medians.

        Cells of a group that was split have no round in common.
        """
        paired_in_rounds = median_of_rounds(self.logs[over] - self.logs[under])
        apart = median_of_rounds(self.logs[over]) - median_of_rounds(self.logs[under])
        return np.where(np.isnan(paired_in_rounds), apart, paired_in_rounds)

    def pairs(self, over: Cell, under: Cell, *, is_all: bool = False) -> NDArray[np.float64]:
        """Return ``minus`` of the blocks that have both cells, shape ``(blocks,)`` or less."""
        differences = self.minus(over.name, under.name, is_all=is_all)
        return differences[~np.isnan(differences)]

    def difference(self, over: Cell, under: Cell, *, is_all: bool = False) -> Location | None:
        """Return the location of ``pairs``; ``None`` without a common block."""
        differences = self.pairs(over, under, is_all=is_all)
        return paired(differences) if len(differences) else None

    def is_by_calm(self, over: Cell, under: Cell) -> bool:
        """Return whether calm rounds alone decide the difference of two measured cells."""
        if not self._may_be_calm(over.name, under.name):
            return False
        is_decided = are_decisive(
            self.logs[over.name],
            self.logs[under.name],
            calm_over=self.calm[over.name],
            calm_under=self.calm[under.name],
            is_alike=self._are_alike(over.name, under.name),
        )
        return bool(is_decided)

    def calm_share(self, over: Cell, under: Cell) -> float | None:
        """Return the share of rounds in which both cells were calm; ``None`` if not known."""
        if over.name not in self.calm or under.name not in self.calm:
            return None
        both = ~np.isnan(self.logs[over.name] - self.logs[under.name])
        are_calm = self.calm[over.name] & self.calm[under.name] & both
        return float(are_calm.sum() / both.sum()) if both.any() else None


def process_times(outcomes: Iterable[Outcome], runs: Runs) -> Times:
    """Return the times of all timed processes that succeeded."""
    good = [
        (outcome, runs[outcome.job.key])
        for outcome in outcomes
        if outcome.status is Status.OK and outcome.job.is_timed
    ]
    blocks = tuple(sorted({outcome.job.block for outcome, _ in good}))
    rows = {block: row for row, block in enumerate(blocks)}
    columns = _columns(outcome for outcome, _ in good)
    shape = (len(blocks), max(map(len, columns.values()), default=1))
    is_calm = calm_turns(outcome for outcome, _ in good)
    logs: dict[str, Rounds] = {}
    calm: dict[str, NDArray[np.bool_]] = {}
    cpus: dict[str, int] = {}
    for outcome, run in good:
        name, row = outcome.job.cell.name, rows[outcome.job.block]
        cell = logs.setdefault(name, np.full(shape, np.nan))
        places, values = _places(outcome, run, columns)
        cell[row, places] = values
        if is_calm is not None:
            mask = calm.setdefault(name, np.zeros(shape, dtype=bool))
            mask[row, places] = is_calm[outcome.job.key] if outcome.turns else False
            cpus[name] = len(outcome.cpus)
    return Times(blocks=blocks, logs=logs, calm=calm, cpus=cpus)


def split_workloads(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Return the workloads whose cells were measured in parts, in the order of the outcomes.

    Those of a part have the same rounds, of different parts none in common.
    """
    rounds: dict[tuple[int, str], dict[int, str]] = {}
    for outcome in outcomes:
        if outcome.turns:
            of_group = rounds.setdefault(_group(outcome), {})
            of_group[outcome.turns[0].round] = outcome.job.cell.benchmark.workload
    names = (name for firsts in rounds.values() if len(firsts) > 1 for name in firsts.values())
    return tuple(dict.fromkeys(names))


def _columns(outcomes: Iterable[Outcome]) -> dict[tuple[int, str], dict[int, int]]:
    """Return for each group the column of each of its rounds."""
    rounds: dict[tuple[int, str], set[int]] = {}
    for outcome in outcomes:
        seen = rounds.setdefault(_group(outcome), set())
        seen.update(turn.round for turn in outcome.turns)
        seen.update(() if outcome.turns else (1,))
    return {
        group: {number: column for column, number in enumerate(sorted(numbers))}
        for group, numbers in rounds.items()
    }


def _group(outcome: Outcome) -> tuple[int, str]:
    """Return the group: its outcomes, and no others of a block, were started at one time."""
    return outcome.job.block, outcome.started if outcome.turns else ""


def _places(
    outcome: Outcome, run: RunData, columns: dict[tuple[int, str], dict[int, int]]
) -> tuple[list[int], NDArray[np.float64]]:
    """Return the column of each value of a process, and its logarithm."""
    logs = np.log(np.array(run.values))
    if not outcome.turns:
        return [0], np.array([np.median(logs)])
    column = columns[_group(outcome)]
    return [column[turn.round] for turn in outcome.turns], logs
