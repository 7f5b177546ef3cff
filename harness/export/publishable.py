"""An experiment as all exports take it: redacted, decoded once."""

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
    """One process whose times count, under redacted names."""

    variant: str
    benchmark: Benchmark
    outcome: Outcome
    run: RunData


@dataclasses.dataclass(frozen=True, kw_only=True)
class Material:
    """The input of the exports."""

    analysis: Redacted
    used_blocks: frozenset[int]
    """The complete ones, which estimates rest on, or all while there is none."""
    processes: tuple[Process, ...]
    """Those that succeeded in a block, in run order: no pilot, no memory pass."""
    clean: Callable[[str], str]
    """Redacts any other text of the experiment."""
    is_host_shown: bool

    @property
    def manifest(self) -> Manifest:
        """Return the redacted manifest."""
        return self.analysis.manifest


def gather(
    manifest: Manifest,
    outcomes: tuple[Outcome, ...],
    runs: Runs,
    analysis: Analysis,
    *,
    is_host_shown: bool = False,
) -> Material:
    """Return the material of an experiment from its parts as they are stored."""
    clean = cleaner(manifest, is_host_shown=is_host_shown)
    good = [outcome for outcome in outcomes if outcome.status is Status.OK and outcome.job.is_timed]
    shown = {
        cell: (
            clean(cell.variant),
            msgspec.structs.replace(cell.benchmark, workload=clean(cell.benchmark.workload)),
        )
        for cell in {outcome.job.cell for outcome in good}
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
