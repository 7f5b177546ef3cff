"""What a speed-up and a ratio rest on: calm rounds, or all of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.analysis.experiment.cells import cell_results
from harness.analysis.experiment.frame import process_frame
from harness.analysis.experiment.times import Times
from harness.storage.worker_result import read_runs
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.analysis.results.experiment import CellResult

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=4)
BLOCKS, ROUNDS = 4, 10
BURST = math.log(1.5)


def results(calm: np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None) -> dict[str, CellResult]:
    """Return the cells where a burst takes two threads of 3.14t in each round that is not calm."""
    outcomes = [
        fakes.outcome_of(cell, block) for cell in PLAN.cells for block in range(1, BLOCKS + 1)
    ]
    steps = 0.001 * np.arange(BLOCKS)[:, None]
    logs = {}
    for cell in PLAN.cells:
        is_free = cell.name == "3.14t factorize/threads=2"
        level = -math.log(1.8) if is_free else 0.0
        logs[cell.name] = np.full((BLOCKS, ROUNDS), level) + (steps if is_free else 0.0)
        if is_free and calm is not None:
            logs[cell.name][~calm] += BURST
    times = Times(
        blocks=tuple(range(1, BLOCKS + 1)),
        logs=logs,
        calm={} if calm is None else dict.fromkeys(logs, calm),
    )
    frame = process_frame(outcomes, read_runs(outcomes))
    cells = cell_results(PLAN, frame, times, threshold=0.02, cores=2)
    return {f"{cell.variant} {cell.benchmark.name}": cell for cell in cells}


def masked(calm_rounds: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    mask = np.zeros((BLOCKS, ROUNDS), dtype=bool)
    mask[:, :calm_rounds] = True
    return mask


def test_calm_rounds_decide_and_all_of_them_are_kept_beside() -> None:
    free = results(masked(4))["3.14t factorize/threads=2"]
    assert free.speedup is not None
    assert free.speedup_all is not None
    assert free.speedup.point == pytest.approx(1.8, rel=0.01)
    assert free.speedup_all.point == pytest.approx(1.2, rel=0.01)
    assert free.speedup_calm is not None
    assert (free.speedup_calm.share, free.speedup_calm.decided) == (0.4, True)
    assert free.ratio is not None
    assert free.ratio_all is not None
    assert free.ratio.point == pytest.approx(1 / 1.8, rel=0.01)
    assert free.ratio_all.point == pytest.approx(1 / 1.2, rel=0.01)
    assert free.ratio_calm == free.speedup_calm
    assert free.scaling is not None
    assert str(free.scaling.word) == "scales"


def test_with_too_few_calm_rounds_all_of_them_decide() -> None:
    free = results(masked(2))["3.14t factorize/threads=2"]
    assert free.speedup == free.speedup_all
    assert free.speedup_calm is not None
    assert (free.speedup_calm.share, free.speedup_calm.decided) == (0.2, False)


def test_what_is_1_by_definition_rests_on_no_round() -> None:
    first = results(masked(4))["3.14 factorize/threads=1"]
    assert (first.speedup_all, first.speedup_calm) == (None, None)
    assert (first.ratio_all, first.ratio_calm, first.scaling) == (None, None, None)


def test_without_canaries_nothing_is_known_of_calm_rounds() -> None:
    for cell in results(None).values():
        assert (cell.speedup_all, cell.speedup_calm) == (None, None)
        assert (cell.ratio_all, cell.ratio_calm) == (None, None)
