"""A workload whose values see a slow cycle, or none."""

from __future__ import annotations

import numpy as np

from harness.analysis.experiment.times import Times
from harness.analysis.trust.value_levels import level_notes
from tests.unit import fakes

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1,), blocks=4)
SLOW, *OTHERS = (cell.name for cell in PLAN.cells)


def times(share: float, *, calm: float = 1.0, step: float = 0.3) -> Times:
    """Return those of processes of different speed; a share of one cell's values is slower."""
    draw = np.random.default_rng(1)
    shape = (4, 25)
    logs = {
        name: draw.normal(0, 0.01, shape) + draw.normal(0, 0.2, (4, 1)) for name in (SLOW, *OTHERS)
    }
    logs[SLOW] += step * (draw.random(shape) < share)
    return Times(
        blocks=(1, 2, 3, 4), logs=logs, calm={name: draw.random(shape) < calm for name in logs}
    )


def test_a_cell_at_two_levels_is_named_with_what_to_do() -> None:
    (note,) = level_notes(PLAN, times(0.4))

    assert f"in 1 cell, 35% apart in {SLOW}" in note
    assert "give the workload a larger min_value_s" in note


def test_steady_values_get_no_note() -> None:
    assert not list(level_notes(PLAN, times(0.0)))


def test_levels_too_near_to_matter_get_no_note() -> None:
    assert not list(level_notes(PLAN, times(0.4, step=0.04)))


def test_where_the_machine_was_hardly_calm_nothing_is_said() -> None:
    assert not list(level_notes(PLAN, times(0.4, calm=0.1)))
