"""Calm rounds decide where there are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.statistics.rounds import calm_differences, is_calm, median_of_rounds

if TYPE_CHECKING:
    from harness.statistics.rounds import Floats, Mask

BLOCKS, ROUNDS = 4, 6


@pytest.fixture
def logs() -> tuple[Floats, Floats]:
    """Return two cells that differ by 1, in a machine that changes from round to round."""
    under = np.arange(BLOCKS * ROUNDS, dtype=float).reshape(BLOCKS, ROUNDS) ** 2
    return under + 1, under


def everywhere(*, calm: bool) -> Mask:
    return np.full((BLOCKS, ROUNDS), calm)


def test_the_median_is_that_of_the_numbers_there_are() -> None:
    rounds = np.array([[3.0, 1.0, 2.0], [np.nan, 5.0, 1.0], [np.nan, np.nan, np.nan]])

    assert median_of_rounds(rounds) == pytest.approx([2.0, 3.0, np.nan], nan_ok=True)
    assert median_of_rounds(rounds[np.newaxis]).shape == (1, 3)


def test_a_canary_is_calm_up_to_15_percent_above_its_level() -> None:
    found = is_calm(np.array([[900.0, 2200.0], [1200.0, 2400.0]]), np.array([1000.0, 2000.0]))

    assert found.tolist() == [[True, True], [False, False]]


def test_a_disturbed_round_does_not_count(logs: tuple[Floats, Floats]) -> None:
    over, under = logs
    calm = everywhere(calm=True)
    over[:, :2] += 10
    calm[:, :2] = False

    found = calm_differences(
        over, under, calm_over=calm, calm_under=everywhere(calm=True), is_alike=True
    )

    assert found == pytest.approx(np.ones(BLOCKS))


def test_without_calm_rounds_in_common_each_cell_has_its_own() -> None:
    over, under = np.full((BLOCKS, ROUNDS), 5.0), np.full((BLOCKS, ROUNDS), 3.0)
    calm = everywhere(calm=True)
    calm[:, ::2] = False
    over[~calm], under[calm] = 9.0, 9.0

    found = calm_differences(over, under, calm_over=calm, calm_under=~calm, is_alike=True)

    assert found == pytest.approx(np.full(BLOCKS, 2.0))


def test_a_block_with_too_few_calm_values_is_left_out(logs: tuple[Floats, Floats]) -> None:
    calm = everywhere(calm=True)
    calm[0, 2:] = False

    found = calm_differences(*logs, calm_over=calm, calm_under=calm, is_alike=True)

    assert found == pytest.approx([np.nan, 1, 1, 1], nan_ok=True)


@pytest.mark.parametrize(
    ("calm_blocks", "is_alike", "is_decided"),
    [(0, False, False), (1, False, False), (2, False, True), (2, True, True), (1, True, False)],
)
def test_every_round_counts_when_too_few_blocks_are_calm(
    logs: tuple[Floats, Floats], calm_blocks: int, *, is_alike: bool, is_decided: bool
) -> None:
    calm = everywhere(calm=False)
    calm[:calm_blocks] = True

    found = calm_differences(*logs, calm_over=calm, calm_under=calm, is_alike=is_alike)

    assert np.isnan(found).sum() == (BLOCKS - calm_blocks if is_decided else 0)


def test_cells_on_the_same_cpus_need_half_of_the_blocks() -> None:
    over, under = np.ones((2, 6, ROUNDS)), np.zeros((2, 6, ROUNDS))
    calm = np.zeros(over.shape, dtype=bool)
    calm[0, :2] = calm[1, :3] = True

    alike, unlike = (
        calm_differences(over, under, calm_over=calm, calm_under=calm, is_alike=is_alike)
        for is_alike in (True, False)
    )

    assert np.isnan(alike).sum(axis=-1).tolist() == [0, 3]
    assert np.isnan(unlike).sum(axis=-1).tolist() == [4, 3]


def test_rounds_without_a_value_are_no_rounds(logs: tuple[Floats, Floats]) -> None:
    over, under = logs
    over[:, 1:] = np.nan
    over[3] = np.nan
    calm = everywhere(calm=True)

    found = calm_differences(over, under, calm_over=calm, calm_under=calm, is_alike=True)

    assert found == pytest.approx([1, 1, 1, np.nan], nan_ok=True)
