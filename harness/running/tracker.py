"""State of a running experiment, and the pauses between its blocks."""

from __future__ import annotations

import collections
import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.live.alarms import Watch
from harness.analysis.live.speedup_so_far import RunningAnswer
from harness.analysis.live.stopping import known_within, stopper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.execution.scheduler import Step
    from harness.model import Cell, Manifest, Outcome
    from harness.running.progress import Screen
    from harness.storage.worker_result import RunData, Runs

    AfterBlock = Callable[["Pause"], None]

__all__ = ["Pause", "Tracker"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pause:
    """The time after a block: nothing is measured until the receiver of this returns."""

    step: Step
    """Of the block's last job, with its outcome."""
    outcomes: tuple[Outcome, ...]
    """All so far, saved."""
    runs: Runs
    """Those of the outcomes, decoded."""


class Tracker:
    """State of a running experiment; each run is decoded once."""

    def __init__(
        self, manifest: Manifest, *, screen: Screen, after_block: AfterBlock | None
    ) -> None:
        """Start empty; ``after_block`` is called in every pause."""
        self._screen = screen
        self._after_block = after_block
        self._cells = len(manifest.plan.cells)
        self._answer, self._watch = RunningAnswer(manifest.plan), Watch(manifest.machine)
        self._outcomes: list[Outcome] = []
        self._runs: dict[tuple[bool, int, Cell], RunData] = {}
        self._jobs: collections.Counter[tuple[bool, int]] = collections.Counter()
        self._in_pause = False
        self._plan, self._cores = manifest.plan, manifest.machine.physical_cores
        self.is_enough: Callable[[int], bool] = stopper(
            manifest.plan, self._outcomes, self._runs, manifest.machine.physical_cores
        )

    def restore(self, outcomes: Iterable[Outcome], runs: Runs) -> None:
        """Restore earlier outcomes (resume), whose runs are decoded already."""
        self._runs.update(runs)
        for outcome in outcomes:
            self._add(outcome)
            self._watch.add(outcome)

    def on_step(self, step: Step) -> None:
        """Update after a job; call ``after_block`` after the last job of a block."""
        outcome = step.outcome
        if outcome is not None:
            if step.run is not None:
                self._runs[outcome.job.key] = step.run
            self._add(outcome)
            self._screen.answer = self._answer.text()
            self._screen.trouble(self._watch.add(outcome), step)
        self._screen.step(step)
        if outcome is not None and self._after_block is not None and self._is_complete(outcome):
            pause = Pause(step=step, outcomes=tuple(self._outcomes), runs=dict(self._runs))
            self._in_pause = True
            try:
                self._after_block(pause)
            finally:
                self._in_pause = False

    def known_within(self, block: int, workload: str) -> float | None:
        """Return within what share a workload is known before a block, if it needs no more."""
        return known_within(
            self._plan,
            self._outcomes,
            self._runs,
            before=block,
            workload=workload,
            cores=self._cores,
        )

    def end(self) -> None:
        """Stop now: in a pause there is no worker to end, and so this raises KeyboardInterrupt."""
        if self._in_pause:
            raise KeyboardInterrupt

    def _add(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._answer.add(outcome, self._runs.get(outcome.job.key))
        self._jobs[outcome.job.is_memory, outcome.job.block] += 1

    def _is_complete(self, outcome: Outcome) -> bool:
        """Return whether the outcome was the last of a block; the pilot is none."""
        job = outcome.job
        is_block = job.is_timed or job.is_memory
        return is_block and self._jobs[job.is_memory, job.block] == self._cells
