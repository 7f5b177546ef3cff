"""An experiment as every export takes it: fit to be published, decoded once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.experiment.frame import complete_blocks
from harness.model import Status
from harness.report.redaction import cleaner, redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.results.experiment import Analysis
    from harness.model import Benchmark, Manifest, Outcome
    from harness.report.redaction import Redacted
    from harness.storage.worker_result import RunData, Runs

__all__ = ["Material", "Process", "gather"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Process:
    """One process whose times count: what it measured, under names fit to be published."""

    variant: str
    benchmark: Benchmark
    outcome: Outcome
    run: RunData


@dataclasses.dataclass(frozen=True, kw_only=True)
class Material:
    """What exports are made of."""

    analysis: Redacted
    used_blocks: frozenset[int]
    """Those that estimates rest on: the complete ones, or all while there is none."""
    processes: tuple[Process, ...]
    """Those that succeeded in a block, in the order they were run: no pilot, no memory pass."""
    clean: Callable[[str], str]
    """Makes any other text of the experiment fit to be published."""
    is_host_shown: bool

    @property
    def manifest(self) -> Manifest:
        """Return the manifest, fit to be published."""
        return self.analysis.manifest


def gather(
    manifest: Manifest,
    outcomes: tuple[Outcome, ...],
    runs: Runs,
    analysis: Analysis,
    *,
    is_host_shown: bool = False,
) -> Material:
    """Return the material of an experiment.

    ``manifest``, ``outcomes`` and ``runs`` are as they were stored.
    """
    clean = cleaner(manifest, is_host_shown=is_host_shown)
    good = [outcome for outcome in outcomes if outcome.status is Status.OK and outcome.job.is_timed]
    cells = {outcome.job.cell for outcome in good}
    shown = {
        cell: (
            clean(cell.variant),
            msgspec.structs.replace(cell.benchmark, workload=clean(cell.benchmark.workload)),
        )
        for cell in cells
    }
    return Material(
        analysis=redacted(analysis, is_host_shown=is_host_shown),
        used_blocks=frozenset(
            complete_blocks(manifest.plan, outcomes) or (outcome.job.block for outcome in good)
        ),
        processes=tuple(
            Process(
                variant=shown[outcome.job.cell][0],
                benchmark=shown[outcome.job.cell][1],
                outcome=outcome,
                run=runs[outcome.job.key],
            )
            for outcome in good
        ),
        clean=clean,
        is_host_shown=is_host_shown,
    )
