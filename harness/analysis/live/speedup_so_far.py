"""The running answer: typical speed-ups so far, cheap enough for every job."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from harness.model import Benchmark, Cell, Mode, Scaling

if TYPE_CHECKING:
    from harness.model import Outcome, Plan
    from harness.storage.worker_result import RunData

__all__ = ["RunningAnswer"]


class RunningAnswer:
    """Median speed-up of each variant for one workload at one thread count."""

    def __init__(self, plan: Plan) -> None:
        """Choose what to watch: the first workload that does its work faster with more threads.

        The time of one that goes on for a fixed time, for its latency, is no throughput.
        """
        self._plan = plan
        self._times: dict[tuple[int, Cell], dict[int, float]] = {}
        # By block and cell: round → seconds per loop.
        scaling = [workload for workload in plan.workloads if not workload.is_paced]
        own = [workload for workload in scaling if workload.thread_counts is None]
        self._watched = (own or scaling or plan.workloads)[0]
        counts = {
            cell.benchmark.threads
            for cell in plan.cells
            if cell.benchmark.workload == self._watched.name and cell.benchmark.mode is Mode.THREADS
        }
        self._threads = 2 if 2 in counts else max(counts, default=1)  # noqa: PLR2004
        self._pairs = {
            variant.label: tuple(self._cell(variant.label, count) for count in (1, self._threads))
            for variant in plan.variants
            if scaling
        }
        self._kept = frozenset(cell for pair in self._pairs.values() for cell in pair)

    def add(self, outcome: Outcome, run: RunData | None) -> None:
        """Take an outcome into account; ``run`` is ``None`` where it failed."""
        job = outcome.job
        if job.cell in self._kept and run is not None and job.is_timed:
            if outcome.turns:
                rounds = (turn.round for turn in outcome.turns)
                times = dict(zip(rounds, run.values, strict=True))
            else:
                times = {1: statistics.median(run.values)}
            self._times[job.block, job.cell] = times

    def text(self) -> str:
        """Return ``factorize with 2 threads so far: 3.14 0.99×, 3.14t 1.88×``, or nothing."""
        answers = [
            f"{variant.label} {speedup:.2f}×"
            for variant in self._plan.variants
            if (speedup := self._speedup(variant.label)) is not None
        ]
        if not answers:
            return ""
        return f"{self._watched.name} with {self._threads} threads so far: {', '.join(answers)}"

    def _cell(self, label: str, threads: int) -> Cell:
        benchmark = Benchmark(workload=self._watched.name, mode=Mode.THREADS, threads=threads)
        return Cell(variant=label, benchmark=benchmark)

    def _speedup(self, label: str) -> float | None:
        single, many = self._pairs.get(label, (None, None))
        ratios = [
            statistics.median(in_rounds)
            for (block, cell), times in self._times.items()
            if cell == many
            and single is not None
            and (
                in_rounds := [
                    one_s / times[number]
                    for number, one_s in self._times.get((block, single), {}).items()
                    if number in times
                ]
            )
        ]
        if not ratios:
            return None
        is_weak = self._watched.scaling is Scaling.WEAK
        return statistics.median(ratios) * (self._threads if is_weak else 1)
