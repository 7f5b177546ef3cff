"""Which processes were pinned, and why others were not."""

from __future__ import annotations

import msgspec

from harness.analysis.results.experiment import Pinning
from harness.analysis.trust.pinning import pinning
from tests.unit import fakes

PLAN = msgspec.structs.replace(
    fakes.plan(("3.14",), workloads=("factorize",), threads=(1, 2)), cpus=2
)
USUAL = fakes.outcome_of(PLAN.cells[0], 1)
PINNED = msgspec.structs.replace(USUAL, is_pinned=True, cpus=(0,))
REFUSED = msgspec.structs.replace(USUAL, unpinned="no sched_setaffinity")
CROWDED = msgspec.structs.replace(USUAL, unpinned="not permitted")


def test_processes_are_counted_with_the_reasons_of_the_others() -> None:
    found = pinning(PLAN, (PINNED, CROWDED, REFUSED, REFUSED, USUAL))
    reasons = (("no sched_setaffinity", 2), ("not permitted", 1))
    assert found == Pinning(pinned=1, due=4, reasons=reasons)


def test_only_timed_processes_count() -> None:
    pilot = msgspec.structs.replace(PINNED, job=msgspec.structs.replace(PINNED.job, block=0))
    memory = msgspec.structs.replace(
        PINNED, job=msgspec.structs.replace(PINNED.job, is_memory=True)
    )
    assert pinning(PLAN, (pilot, memory)) == Pinning(pinned=0, due=0, reasons=())


def test_older_plans_know_nothing_of_it() -> None:
    assert pinning(msgspec.structs.replace(PLAN, cpus=0), (USUAL,)) is None
