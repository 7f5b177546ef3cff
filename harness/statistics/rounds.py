"""Values measured in rounds → one difference for each block, from the calm rounds.

Arrays may have any number of leading dimensions, so that validation runs thousands of experiments
through the rule that decides a single one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.levels import CALM_TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = [
    "MIN_CALM_BLOCKS",
    "MIN_CALM_VALUES",
    "are_decisive",
    "calm_differences",
    "is_calm",
    "median_of_rounds",
]

MIN_CALM_VALUES = 3
"""A block in which a cell has fewer is left out."""
MIN_CALM_BLOCKS = 2
"""With fewer left, every round counts."""


def is_calm(canaries: Floats, undisturbed: Floats) -> Mask:
    """Return which canaries were at their CPU's undisturbed level; shapes broadcast."""
    return np.asarray(canaries <= CALM_TOLERANCE * undisturbed)


def calm_differences(
    over: Floats, under: Floats, *, calm_over: Mask, calm_under: Mask, is_alike: bool
) -> Floats:
    """Return over − under of each block: shape ``(…, blocks, rounds)`` → ``(…, blocks)``.

    Where at least half of a block's rounds are calm for both, it is the median of the differences
    within these rounds. Elsewhere few rounds would be left, so that it is the difference of the
    medians over each one's calm values; NaN where either has too few of them. Where too few blocks
    are left, all rounds of all blocks count. ``is_alike`` says that both use the same CPUs and are
    disturbed alike, so that all rounds estimate the same: then half of the blocks must be left.
    """
    each, enough, is_decided = _blocks(over, under, calm_over, calm_under, is_alike=is_alike)
    calm_ones = np.where(enough, each, np.nan)
    return np.where(is_decided, calm_ones, median_of_rounds(over - under))


def are_decisive(
    over: Floats, under: Floats, *, calm_over: Mask, calm_under: Mask, is_alike: bool
) -> Mask:
    """Return whether calm rounds alone decide ``calm_differences``, shape ``(…,)``."""
    return _blocks(over, under, calm_over, calm_under, is_alike=is_alike)[2][..., 0]


def _blocks(
    over: Floats, under: Floats, calm_over: Mask, calm_under: Mask, *, is_alike: bool
) -> tuple[Floats, Mask, Mask]:
    """Return the calm difference of each block, whether it has enough, and whether they decide."""
    differences = over - under
    are_there = ~np.isnan(differences)
    rounds = are_there.sum(axis=-1)
    are_calm = calm_over & calm_under & are_there
    within = median_of_rounds(np.where(are_calm, differences, np.nan))
    sides = [(over, calm_over & are_there), (under, calm_under & are_there)]
    medians = [median_of_rounds(np.where(calm, logs, np.nan)) for logs, calm in sides]
    fewest = np.minimum(*(calm.sum(axis=-1) for _, calm in sides))
    each = np.where(2 * are_calm.sum(axis=-1) >= rounds, within, medians[0] - medians[1])
    enough = (fewest >= np.minimum(MIN_CALM_VALUES, rounds)) & (rounds > 0)
    blocks = (rounds > 0).sum(axis=-1, keepdims=True)
    fewest_blocks = np.minimum(MIN_CALM_BLOCKS, blocks)
    if is_alike:
        fewest_blocks = np.maximum(fewest_blocks, blocks / 2)
    return each, enough, enough.sum(axis=-1, keepdims=True) >= fewest_blocks


def median_of_rounds(rounds: Floats) -> Floats:
    """Return the median along the last axis without its NaN; NaN where nothing else is."""
    # Sorting puts NaN last; np.nanmedian takes ten times as long for as few numbers.
    ordered = np.sort(rounds, axis=-1)
    counts = np.sum(~np.isnan(rounds), axis=-1, keepdims=True)
    low = np.maximum(counts - 1, 0) // 2
    high = np.minimum(counts // 2, rounds.shape[-1] - 1)
    middle = [np.take_along_axis(ordered, each, axis=-1)[..., 0] for each in (low, high)]
    return np.where(counts[..., 0] > 0, (middle[0] + middle[1]) / 2, np.nan)
