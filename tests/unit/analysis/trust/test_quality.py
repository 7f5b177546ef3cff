"""Which experiments tell of the machine's noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.trust.quality import is_fit
from harness.storage.worker_result import read_runs
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.model import Manifest, Outcome


def measured(
    *, blocks: int = 5, preset: str = "default", is_debug: bool = False
) -> tuple[Manifest, tuple[Outcome, ...]]:
    """Return an experiment with as many complete blocks."""
    plan = fakes.plan(("3.14",), workloads=("factorize",), blocks=5)
    variants = tuple(
        msgspec.structs.replace(one, build=msgspec.structs.replace(one.build, is_debug=is_debug))
        for one in plan.variants
    )
    plan = msgspec.structs.replace(
        plan, variants=variants, preset=msgspec.structs.replace(plan.preset, name=preset)
    )
    outcomes = tuple(
        msgspec.structs.replace(
            fakes.outcome_of(cell, block, time_s=(0.02 + block * 1e-5) / cell.benchmark.threads),
            canary_s=0.003,
        )
        for block in range(1, blocks + 1)
        for cell in plan.cells
    )
    return fakes.manifest(plan), outcomes


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"blocks": 4}, False),
        ({"preset": "fast"}, False),
        ({"is_debug": True}, False),  # grade D
    ],
)
def test_quick_looks_and_those_of_grade_d_are_not_fit(
    changes: dict[str, object], *, expected: bool
) -> None:
    manifest, outcomes = measured(**changes)  # type: ignore[arg-type]

    assert is_fit(manifest, outcomes, read_runs(outcomes)) is expected
