"""``--fail-if``: when a comparison is a failure, decided by a test of its own."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from harness.analysis.comparing.comparison import Gate
from harness.errors import ConfigError
from harness.statistics.levels import ALPHA
from harness.statistics.location import p_above, p_below
from harness.statistics.verdicts import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.comparing.comparison import Compared

__all__ = ["FORMS", "bound_of", "parse_gate", "tripping"]

FORMS = "slower>5%, faster>5%, changed>5%"
_GRAMMAR = re.compile(r"\s*(slower|faster|changed)\s*>\s*(\d{1,4}(?:\.\d{1,6})?)\s*%\s*", re.ASCII)


def parse_gate(text: str) -> Gate:
    """Return the gate that ``text`` asks for; raise ConfigError naming the valid forms."""
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise ConfigError(f"--fail-if {text!r} is not understood; valid: {FORMS}")
    return Gate(text=re.sub(r"\s", "", text), direction=match[1], threshold=float(match[2]) / 100)


def bound_of(gate: Gate, cell: Compared) -> float:
    """Return the relative difference that a cell is tested for.

    It is the gate's, or the smallest one that matters where that is more: what the table calls
    unchanged trips no gate.
    """
    return max(gate.threshold, cell.verdict.threshold) if cell.verdict else gate.threshold


def tripping(gate: Gate, cells: Sequence[Compared]) -> tuple[Compared, ...]:
    """Return the cells that are shown to differ by more than the threshold.

    Two-sided tests of a ratio of at most 1 + threshold (*slower*), of at least
    1 ÷ (1 + threshold) (*faster*), or both (*changed*); Holm's correction within each family, at
    ALPHA. A cell that trips a gate is thus always one that its verdict calls slower or faster.
    """
    families: dict[str, list[Compared]] = {}
    for cell in cells:
        if cell.verdict is not None:
            families.setdefault(cell.family, []).append(cell)
    return tuple(
        cell
        for members in families.values()
        for cell, p in zip(members, holm([_p(gate, member) for member in members]), strict=True)
        if p < ALPHA
    )


def _p(gate: Gate, cell: Compared) -> float:
    bound = math.log1p(bound_of(gate, cell))
    slower, faster = p_above(cell.where, bound), p_below(cell.where, -bound)
    one_sided = {"slower": slower, "faster": faster, "changed": min(slower, faster)}
    return min(1.0, 2 * one_sided[gate.direction])
