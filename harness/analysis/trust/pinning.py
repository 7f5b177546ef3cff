"""Whether the threads of an experiment ran on CPUs of their own."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from harness.analysis.results.experiment import Pinning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Outcome, Plan

__all__ = ["pinning"]


def pinning(plan: Plan, outcomes: Iterable[Outcome]) -> Pinning | None:
    """Return what became of the pins of timed processes; ``None`` for plans without any notion."""
    if not plan.cpus:
        return None
    timed = [outcome for outcome in outcomes if outcome.job.is_timed]
    pinned = sum(outcome.is_pinned for outcome in timed)
    reasons = collections.Counter(outcome.unpinned for outcome in timed if outcome.unpinned)
    return Pinning(
        pinned=pinned, due=pinned + reasons.total(), reasons=tuple(reasons.most_common())
    )
