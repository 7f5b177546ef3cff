"""Remarks of workers → one for each workload and subject, with the variants that it concerns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.analysis.results.experiment import RemarkResult
from harness.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Outcome, Plan
    from harness.storage.worker_result import Runs

__all__ = ["remark_results"]

_NUMBER = re.compile(r"\d+")


def remark_results(plan: Plan, outcomes: Iterable[Outcome], runs: Runs) -> tuple[RemarkResult, ...]:
    """Return what workers remarked, by workload and kind; subjects differ in more than a number."""
    found: dict[tuple[str, str, str], list[Outcome]] = {}
    subjects: dict[tuple[str, str, str], str] = {}
    for outcome in outcomes:
        if outcome.status is not Status.OK:
            continue
        workload = outcome.job.cell.benchmark.workload
        for remark in runs[outcome.job.key].remarks:
            key = workload, remark.kind, _NUMBER.sub("0", remark.subject)
            subjects.setdefault(key, remark.subject)
            found.setdefault(key, []).append(outcome)
    order = [workload.name for workload in plan.workloads]
    labels = [variant.label for variant in plan.variants]
    return tuple(
        RemarkResult(
            workload=key[0],
            kind=key[1],
            subject=subjects[key],
            variants=tuple(
                label for label in labels if label in {each.job.cell.variant for each in own}
            ),
            modes=tuple(dict.fromkeys(str(each.job.cell.benchmark.mode) for each in own)),
            processes=len(own),
        )
        for key, own in sorted(found.items(), key=lambda item: order.index(item[0][0]))
    )
