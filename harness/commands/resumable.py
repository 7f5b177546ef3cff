"""Which experiment ``bench --resume`` continues, or reports if only its page is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.live.stopping import reason_to_stop
from harness.errors import NothingToDoError, StoreError
from harness.invocation import to_type
from harness.report.index.outdated import is_outdated
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.storage.experiment_folder import Experiment

__all__ = ["is_finished", "to_resume"]


def to_resume(
    results: Path, query: str, reports: Path, *, say: Callable[[str], None]
) -> Experiment:
    """Return experiment ``query``; by default the newest that is unfinished.

    Where none is, it is the newest if its page was never made. Raises NothingToDoError if there is
    nothing to continue, StoreError if ``query`` cannot be read; others are skipped, which it says.
    """
    if query:
        folder = experiment_folder.find(results, query)
        experiment = experiment_folder.load(folder)
        if is_finished(experiment) and not is_outdated(folder, reports / folder.name):
            raise NothingToDoError(
                f"{folder.name} is finished: make its page again with "
                + to_type("report", folder.name)
            )
        return experiment
    newest: Experiment | None = None
    for experiment in _readable(results, say):
        if not is_finished(experiment):
            return experiment
        newest = newest or experiment
    if newest is not None and is_outdated(newest.folder, reports / newest.folder.name):
        return newest
    raise NothingToDoError(
        f"no unfinished experiment in {results}: start a new one without --resume"
    )


def _readable(results: Path, say: Callable[[str], None]) -> Iterator[Experiment]:
    for folder in experiment_folder.newest_first(results):
        try:
            experiment = experiment_folder.load(folder)
        except StoreError as error:
            say(f"{folder.name} is skipped: {error}")
            continue
        yield experiment


def is_finished(experiment: Experiment) -> bool:
    """Return whether all jobs of the plan have been run, or as many as its rules ask for."""
    plan, outcomes = experiment.manifest.plan, experiment.outcomes
    cores = experiment.manifest.machine.physical_cores
    blocks, rest = divmod(sum(outcome.job.is_timed for outcome in outcomes), len(plan.cells))
    is_enough = blocks == plan.preset.blocks or bool(
        blocks and reason_to_stop(plan, outcomes, experiment.runs, before=blocks + 1, cores=cores)
    )
    memory_jobs = sum(outcome.job.is_memory for outcome in outcomes)
    return is_enough and not rest and memory_jobs == plan.memory_blocks * len(plan.cells)
