"""Which lines a journal lacks: a job that was removed is said, and its group measured again."""

from __future__ import annotations

import collections
import datetime as dt
import itertools
from typing import TYPE_CHECKING

from harness.model.plans import PILOT
from harness.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Outcome, Plan

__all__ = ["complaints", "without_broken_groups"]

_MAX_NAMED = 5


def without_broken_groups(plan: Plan, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes without those of groups that are not complete."""
    sizes = collections.Counter(map(plan.group_of, plan.cells))
    written = collections.Counter(_group(plan, it) for it in outcomes if it.job.is_timed)
    return tuple(
        outcome
        for outcome in outcomes
        if not outcome.job.is_timed
        or written[_group(plan, outcome)] == sizes[plan.group_of(outcome.job.cell)]
    )


def _group(plan: Plan, outcome: Outcome) -> tuple[int, str]:
    return outcome.job.block, plan.group_of(outcome.job.cell)


def complaints(plan: Plan, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return sentences about lines that are missing or not in their order."""
    return tuple(filter(None, (_missing_words(plan, outcomes), _order_words(outcomes))))


def _missing_words(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    missing = [
        *_missing_pilots(plan, outcomes),
        *_missing_rows(plan, outcomes, is_memory=False),
        *_missing_rows(plan, outcomes, is_memory=True),
    ]
    if not missing:
        return ""
    more = "; …" if len(missing) > _MAX_NAMED else ""
    return (
        "The journal lacks lines that must have been there, since later ones are: "
        f"{'; '.join(missing[:_MAX_NAMED])}{more}. A block that is not complete is left out."
    )


def _missing_pilots(plan: Plan, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Say how many cells were measured without the calibration that they need."""
    needing = {workload.name for workload in plan.workloads if workload.value_s is None}
    pilots = {outcome.job.cell for outcome in outcomes if outcome.job.block == PILOT}
    measured = {outcome.job.cell for outcome in outcomes if outcome.job.is_timed}
    lacking = sum(it.benchmark.workload in needing for it in measured - pilots)
    if lacking:
        yield f"{count(lacking, 'line')} of the pilot"


def _missing_rows(plan: Plan, outcomes: Sequence[Outcome], *, is_memory: bool) -> Iterator[str]:
    rows = collections.Counter(
        outcome.job.block
        for outcome in outcomes
        if outcome.job.block != PILOT and outcome.job.is_memory == is_memory
    )
    if not rows:
        return
    last = max(rows)
    has_later = not is_memory and any(outcome.job.is_memory for outcome in outcomes)
    for block in range(1, last + 1):
        planned = len(plan.cells)
        if block == last and not has_later:
            positions = (
                outcome.job.position
                for outcome in outcomes
                if outcome.job.block == block and outcome.job.is_memory == is_memory
            )
            planned = min(planned, 1 + max(positions))
        if rows[block] < planned:
            which = " of the memory pass" if is_memory else ""
            yield f"{count(planned - rows[block], 'line')} of block {block}{which}"


def _order_words(outcomes: Sequence[Outcome]) -> str:
    # Those of a group were started at one time.
    places = [
        (dt.datetime.fromisoformat(it.started), it.job.is_memory, it.job.block, it.job.position)
        for it in outcomes
    ]
    if all(first <= second for first, second in itertools.pairwise(places)):
        return ""
    return (
        "The journal's lines are not in the order of their times: some were moved, or the clock "
        "was set back. What changes in the course of an experiment may be judged wrongly."
    )
