"""Whether a stored experiment is consistent: bounds are in the types, relations are here."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from harness.model import ENVIRONMENT, Cell, Job, Manifest, Outcome, Plan
from harness.model.plans import PILOT

if TYPE_CHECKING:
    from harness.storage.worker_result import RunData

__all__ = ["complaint_about", "complaint_about_outcome", "complaint_about_run"]

_ID = re.compile(
    r"(?!(?i:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z))"  # Windows has devices of these names
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?"
)


def complaint_about(manifest: Manifest) -> str:
    """Return the fault of a decoded manifest, or nothing."""
    plan = manifest.plan
    labels = [variant.label for variant in plan.variants]
    workloads = {workload.name for workload in plan.workloads}
    environment = {name for variant in plan.variants for name, _ in variant.environment}
    cells, indices = set(plan.cells), list(range(len(plan.cells)))
    are_known = all(it.variant in labels and it.benchmark.workload in workloads for it in cells)
    checks = (
        (_ID.fullmatch(manifest.id), "the id is not the name of a folder"),
        (_is_time(manifest.created), "the time of creation is not an ISO 8601 time"),
        (labels and len(set(labels)) == len(labels), "variants are missing or share a label"),
        (all(map(ENVIRONMENT.fullmatch, environment)), "a variant sets a forbidden variable"),
        (plan.baseline in labels, "the baseline is not a variant"),
        (len(workloads) == len(plan.workloads), "two workloads share a name"),
        (cells and len(cells) == len(plan.cells), "cells are missing or repeated"),
        (are_known, "a cell names an unknown variant or workload"),
        (len(plan.order) == plan.preset.blocks, "the order has not one row for each block"),
        (plan.memory_blocks <= plan.preset.blocks, "the memory pass has too many blocks"),
        (
            all(sorted(row) == indices for row in plan.order),
            "a row of the order is not every cell once",
        ),
    )
    return next((complaint for is_sound, complaint in checks if not is_sound), "")


def complaint_about_outcome(
    outcome: Outcome, run: RunData | None, *, plan: Plan, cells: set[Cell]
) -> str:
    """Return the fault of an outcome of a journal, or nothing.

    ``run`` is its own, decoded, if it succeeded; ``cells`` are those of the plan.
    """
    return (
        _complaint_about_job(outcome, plan, cells)
        or (complaint_about_run(outcome.job, run, plan) if run else "")
        or (_complaint_about_turns(outcome, run) if run else "")
    )


def _complaint_about_job(outcome: Outcome, plan: Plan, cells: set[Cell]) -> str:
    job = outcome.job
    last = plan.memory_blocks if job.is_memory else plan.preset.blocks
    if job.cell not in cells or job.block > last or (job.is_memory and job.block == PILOT):
        return "its job is not in the plan"
    if not _is_time(outcome.started):
        return "its start is not an ISO 8601 time"
    return ""


def _complaint_about_turns(outcome: Outcome, run: RunData) -> str:
    turns = outcome.turns
    if turns and not len(run.values) == len(turns) == len({turn.round for turn in turns}):
        return "it has not one turn for each value, in a round of its own"
    if any(len(side) not in (0, len(outcome.cpus)) for t in turns for side in (t.before, t.after)):
        return "a turn has not one canary for each CPU"
    return ""


def complaint_about_run(job: Job, run: RunData, plan: Plan) -> str:
    """Return the fault of the run of a job that succeeded, or nothing."""
    if not (run.warmups if job.block == PILOT else run.values):
        return "it succeeded without a value"
    # The report relies on the states of GIL and JIT.
    variant = plan.variant(job.cell.variant)
    if run.is_gil_enabled != variant.is_gil_expected:
        return "its GIL was not in the state that its variant promises"
    is_cpython = variant.build.implementation == "cpython"
    if is_cpython and run.is_jit_enabled not in (None, variant.is_jit_on):
        return "its JIT was not in the state that its variant promises"
    return ""


def _is_time(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
