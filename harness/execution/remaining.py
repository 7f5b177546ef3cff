"""How long the rest of a plan takes, as far as the calibrations tell by now."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from harness.model.plans import PILOT
from harness.planning.calibration import STARTUP_S
from harness.planning.plan import PILOT_JOB_S, pilot_jobs, pilot_s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.execution.ledger import Ledger
    from harness.model import Cell, Job

__all__ = ["Rounds", "remaining_s"]


def remaining_s(ledger: Ledger, job: Job, *, is_done: bool) -> float:
    """Return the expected time from ``job`` to the end, seconds; after it if it ``is_done``.

    A time budget ends it earlier, but no block that has begun, and not before the first one. The
    budget is for pilot and blocks; the memory pass comes on top.
    """
    plan = ledger.plan
    gone = job.position + is_done
    memory_s = len(plan.cells) * (STARTUP_S + plan.preset.min_value_s)
    if job.is_memory:
        return (1 - gone / len(plan.cells) + plan.memory_blocks - job.block) * memory_s
    block_s = _cost_s(ledger, plan.cells)
    if job.block == PILOT:
        pilot_left_s = pilot_s(plan, pilot_jobs(plan)[gone:])
        begun_s, blocks_left = pilot_left_s + block_s, plan.preset.blocks - 1
    else:
        begun_s = (1 - gone / len(plan.cells)) * block_s
        blocks_left = plan.preset.blocks - job.block
    timed_s = begun_s + blocks_left * block_s
    if plan.time_budget_s is not None:
        timed_s = min(timed_s, max(begun_s, plan.time_budget_s - ledger.spent_s))
    return timed_s + plan.memory_blocks * memory_s


def _cost_s(ledger: Ledger, cells: Sequence[Cell]) -> float:
    """Return the expected time of these cells in one block, seconds."""
    expected_s = [calibration.expected_s for calibration in ledger.calibrations.values()]
    typical_s = sum(expected_s) / len(expected_s) if expected_s else 2 * PILOT_JOB_S
    return sum(
        ledger.calibrations[cell].expected_s if cell in ledger.calibrations else typical_s
        for cell in cells
        if not ledger.is_quarantined(cell)
    )


@dataclasses.dataclass(kw_only=True)
class Rounds:
    """The rounds of a group while they are measured."""

    group_s: float
    """Expected time of the group."""
    after_s: float
    """Expected time of all that comes after the group."""
    clock: Callable[[], float] = time.monotonic
    _first: int = 0
    _started: float = 0.0

    @classmethod
    def of(cls, ledger: Ledger, jobs: Sequence[Job]) -> Rounds:
        """Return the rounds of the group of these jobs, of which none has begun."""
        group_s = _cost_s(ledger, [job.cell for job in jobs])
        before_s = remaining_s(ledger, jobs[0], is_done=False)
        return cls(group_s=group_s, after_s=max(0.0, before_s - group_s))

    def remaining_s(self, number: int, rounds: int) -> float:
        """Return the expected time to the end before round ``number``; 0 while workers start.

        Once there is one, the mean of the rounds so far counts, and not what was expected.
        """
        if number == 0:
            return self.group_s + self.after_s
        if not self._first:
            self._first, self._started = number, self.clock()
        done = number - self._first
        round_s = (self.clock() - self._started) / done if done else self.group_s / rounds
        return max(1, rounds - number + 1) * round_s + self.after_s
