"""A comparison in words: decisions, amounts, and how it was decided."""

from __future__ import annotations

import collections
import math
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.comparing.comparison import How
from harness.analysis.comparing.run_to_run import ASSUMED_SD
from harness.model import Decision
from harness.report.words import formatting
from harness.report.words.verdicts import UNRESOLVED, percent, unchanged

if TYPE_CHECKING:
    from harness.analysis.comparing.comparison import Compared, Comparison, Gate
    from harness.model import Estimate
    from harness.report.elements import Shown

__all__ = [
    "amount",
    "cell_name",
    "change",
    "changed_first",
    "decided",
    "decision",
    "gate_sees",
    "headline",
    "is_changed",
    "least",
    "ratio",
    "sees",
    "side_name",
    "variant_name",
]

_CHANGED = (Decision.SLOWER, Decision.FASTER)
_MUCH = 10.0
"""Differences are no percentages from here on."""
_RANKS = ("slower", "more", "faster", "less", "", UNRESOLVED)
_NBSP = "\u00a0"
_KIB = 1024
_TWICE = 2.0
_USELESS = 1e4
"""An interval whose ends differ by this factor says nothing."""


def decision(cell: Compared) -> str:
    """Return the verdict in a word or two; of bytes and counts more is not slower."""
    if cell.verdict is None:
        return "not decided"
    match cell.verdict.decision:
        case Decision.EQUIVALENT:
            return unchanged(cell.verdict)
        case Decision.UNRESOLVED:
            return UNRESOLVED
        case Decision.SLOWER:
            return "slower" if cell.unit == "second" else "more"
        case _:
            return "faster" if cell.unit == "second" else "less"


def least(cell: Compared) -> str:
    """Return the smallest difference that would have been found, such as ``8.2 %``."""
    if cell.verdict is None or not math.isfinite(cell.verdict.mde):
        return formatting.ABSENT
    share = cell.verdict.mde
    return _upward(share) if share < _MUCH else "more than 10×"


def amount(estimate: Estimate, unit: str) -> Shown:
    """Return a value in its unit."""
    shown = _useful(estimate)
    if unit == "second":
        return formatting.seconds(shown)
    if unit == "byte" and estimate.point >= _KIB:
        return formatting.size(shown)
    plain = formatting.amount(shown)
    return plain._replace(value=f"{plain.value}{_NBSP}B") if unit == "byte" else plain


def ratio(cell: Compared) -> Shown:
    """Return new ÷ old as a factor."""
    return formatting.factor(_useful(cell.ratio))


def change(cell: Compared) -> Shown:
    """Return the change in percent; as a factor where it is more than twice or less than half."""
    is_small = 1 / _TWICE <= cell.ratio.point <= _TWICE
    return formatting.change(_useful(cell.ratio)) if is_small else ratio(cell)


def _useful(estimate: Estimate) -> Estimate:
    """Return an estimate without an interval that says nothing and would fill the page."""
    low, high = estimate.low, estimate.high
    if low is None or high is None or high < _USELESS * low:
        return estimate
    return msgspec.structs.replace(estimate, low=None, high=None)


def cell_name(cell: Compared) -> str:
    """Return ``factorize/threads=2, 3.14t``, and both labels where they are not the same."""
    return f"{cell.key.benchmark}{f', {variant_name(cell)}' if variant_name(cell) else ''}"


def variant_name(cell: Compared) -> str:
    """Return the variant's label, or both."""
    labels = dict.fromkeys(filter(None, (cell.old_variant, cell.key.variant)))
    return " → ".join(labels)


def side_name(found: Comparison, which: str) -> str:
    """Return what a side is called: its label before its id."""
    side = found.old if which == "old" else found.new
    return f"{side.label} ({side.name})" if side.label else side.name


def is_changed(cell: Compared) -> bool:
    """Return whether a cell was found to be faster or slower."""
    return cell.verdict is not None and cell.verdict.decision in _CHANGED


def changed_first(found: Comparison) -> tuple[Compared, ...]:
    """Return the cells that changed, the largest change first."""
    changed = [one for one in found.cells if is_changed(one)]
    return tuple(sorted(changed, key=lambda one: -abs(one.where.point)))


def headline(found: Comparison) -> str:
    """Return how many cells became what, in one sentence."""
    counts = collections.Counter(decision(cell) for cell in found.cells)
    said = tuple(f"{number} {word}" for word, number in sorted(counts.items(), key=_order))
    if set(counts) == {UNRESOLVED}:
        compared = formatting.count(len(found.cells), "cell")
        return f"{compared} compared: no difference was shown, and none was ruled out."
    return f"Of {formatting.count(len(found.cells), 'cell')}: {formatting.listed(said)}."


def _order(item: tuple[str, int]) -> int:
    word = item[0]
    return _RANKS.index(word) if word in _RANKS else len(_RANKS) - 2


def sees(found: Comparison) -> str:
    """Return which differences would have been found; empty where nothing was judged."""
    said = _span([one.verdict.mde for one in found.cells if one.verdict])
    return (
        said and f"A difference of {said} would have been found in four of five such comparisons."
    )


def gate_sees(found: Comparison, gate: Gate) -> str:
    """Return from which change on a gate would have tripped; empty where nothing was judged."""
    shares = [one.verdict.mde for one in found.cells if one.verdict]
    said = _span([(1 + gate.threshold) * (1 + share) - 1 for share in shares])
    return said and f"it would trip in four of five such comparisons at {said}"


def _span(shares: list[float]) -> str:
    if not shares:
        return ""
    least, most = (
        "many times that" if share >= _MUCH else _upward(share)
        for share in (min(shares), max(shares))
    )
    return least if least == most else f"{least} to {most} (by the cell)"


def _upward(share: float) -> str:
    return percent(math.ceil(share * 1000) / 1000)


def decided(found: Comparison) -> tuple[str, ...]:
    """Return a sentence for each way in which cells were decided."""
    ways: dict[tuple[How, str], list[Compared]] = {}
    for cell in found.cells:
        ways.setdefault((cell.basis.how, cell.basis.anchor), []).append(cell)
    return tuple(_sentence(how, anchor, cells) for (how, anchor), cells in ways.items())


def _sentence(how: How, anchor: str, cells: list[Compared]) -> str:
    which = formatting.count(len(cells), "cell")
    spread = max(cell.basis.sd for cell in cells)
    most = percent(math.expm1(spread)) if spread < 1 else "many times that"
    is_floor = spread <= ASSUMED_SD
    match how:
        case How.ANCHOR:
            return (
                f"{which}: the ratio to {anchor}, the same build in both experiments, formed "
                "within each block and then compared, so that what differs by the time cancels "
                "(Welch's t)."
            )
        case How.KNOWN:
            runs = max(cell.basis.experiments for cell in cells)
            return (
                f"{which}: the processes of old and new (Welch's t), widened by what runs of the "
                f"same thing differ by on this machine: a standard deviation of {most}, known "
                f"from {formatting.count(runs, 'stored experiment')}."
            )
        case How.GIVEN:
            return (
                f"{which}: the processes of old and new (Welch's t), widened by the {most} that "
                "runs differ by according to --run-to-run."
            )
        case How.ASSUMED:
            return (
                f"{which}: the processes of old and new (Welch's t). Run-to-run noise is unknown; "
                f"assumed is a standard deviation of {percent(ASSUMED_SD)}, "
                f"or half of that between processes where this is more"
                f"{'' if is_floor else f' (at most {most} here)'}."
            )
        case How.NOT_NEEDED:
            return (
                f"{which}: the processes of old and new (Welch's t): bytes, which do not depend "
                "on how fast the machine was."
            )
