"""A comparison in words: decisions, amounts, and how it was decided."""

from __future__ import annotations

import collections
import math
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.comparing.comparison import How
from harness.analysis.comparing.gate import bound_of
from harness.analysis.comparing.run_to_run import ASSUMED_SD
from harness.model import Decision
from harness.report.words import formatting
from harness.report.words.short_names import short_names
from harness.report.words.verdicts import UNRESOLVED, percent, unchanged

if TYPE_CHECKING:
    from harness.analysis.comparing.comparison import Compared, Comparison, Gate, InputName
    from harness.model import Estimate
    from harness.report.elements import Shown

__all__ = [
    "Gates",
    "amount",
    "cell_name",
    "change",
    "change_words",
    "changed_first",
    "command",
    "decided",
    "decision",
    "detectable",
    "gate_sees",
    "headline",
    "is_changed",
    "ratio",
    "sees",
    "side_name",
    "tested",
    "times_ratio",
    "title",
    "variant_name",
    "was_measured_apart",
]

_NBSP = "\u00a0"
_RANKS = ("slower", "more", "faster", "less", "", UNRESOLVED)
_KIB = 1024
_MAX_SHARE = 10.0
"""Larger differences are not shown in percent."""
_MAX_SPREAD = 100
"""An interval whose ends differ by this factor is useless, and would fill the page."""

_TOO_WIDE = "interval too wide to show"
_MAX_TITLE_LENGTH = 36
"""Of each side: a title of two is one or two lines."""

Gates = Sequence[tuple["Gate", Sequence["Compared"]]]
"""The conditions under which a comparison fails, each with the cells that meet it."""


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


def detectable(cell: Compared) -> str:
    """Return the minimum detectable effect, such as ``8.2 %``."""
    mde = cell.verdict.mde if cell.verdict else math.inf
    if not math.isfinite(mde):
        return formatting.ABSENT
    return _upward(mde) if mde < _MAX_SHARE else "more than 10×"


def amount(estimate: Estimate, unit: str) -> Shown:
    """Return a value in its unit."""
    shown = _useful(estimate)
    if unit == "second":
        return formatting.seconds(shown, is_brief=True)
    if unit == "byte" and estimate.point >= _KIB:
        return formatting.size(shown, is_brief=True)
    plain = formatting.amount(shown, is_brief=True)
    return plain._replace(value=f"{plain.value}{_NBSP}B") if unit == "byte" else plain


def ratio(cell: Compared) -> Shown:
    """Return new ÷ old as a factor."""
    return _marked(cell.ratio, formatting.factor(_useful(cell.ratio), is_brief=True))


def change(cell: Compared) -> Shown:
    """Return the change in percent; as a factor where it is more than twice or less than half."""
    if not 1 / 2 <= cell.ratio.point <= 2:  # noqa: PLR2004 - twice
        return ratio(cell)
    return _marked(cell.ratio, formatting.change(_useful(cell.ratio), is_brief=True))


def change_words(cell: Compared) -> str:
    """Return the change, and what it is relative to."""
    relative = f" relative to {cell.basis.anchor}" if cell.basis.anchor else ""
    return f"{change(cell).text}{relative}"


def _marked(estimate: Estimate, shown: Shown) -> Shown:
    """Return what is shown of an estimate, with the reason where its interval is left out."""
    return shown._replace(note=_TOO_WIDE) if _useful(estimate) is not estimate else shown


def command(arguments: tuple[str, ...]) -> str:
    """Return a command of the advice as a page shows it; a terminal has its own way to start it."""
    return f"nox -s bench -- {shlex.join(arguments)}"


def _useful(estimate: Estimate) -> Estimate:
    """Return the estimate without an interval that is too wide to show."""
    low, high = estimate.low, estimate.high
    if low is None or high is None or high < _MAX_SPREAD * low:
        return estimate
    return msgspec.structs.replace(estimate, low=None, high=None)


def times_ratio(cell: Compared) -> str:
    """Return new ÷ old of the two times, where a ratio to the anchor is what decides."""
    return f"{formatting.plain(cell.new.point / cell.old.point)}×" if cell.basis.anchor else ""


def cell_name(cell: Compared) -> str:
    """Return ``factorize/threads=2, 3.14t``, and both labels where they are not the same."""
    return ", ".join(filter(None, (cell.key.benchmark, variant_name(cell))))


def variant_name(cell: Compared) -> str:
    """Return the variant's label, or both."""
    labels = dict.fromkeys(filter(None, (cell.old_variant, cell.key.variant)))
    return " → ".join(labels)


def side_name(side: InputName) -> str:
    """Return the name of a side: its label and the state of its GIL before its id."""
    known = ", ".join(filter(None, (side.label, side.gil)))
    return f"{known} ({side.name})" if known else side.name


def title(comparison: Comparison) -> str:
    """Return a short title: the labels of two experiments, or the names of both sides."""
    sides = (comparison.new, comparison.old)
    labels = tuple(side.label for side in sides if not side.gil)
    are_apart = len(labels) == len(sides) == len({*labels}) and all(labels)
    names = labels if are_apart else tuple(side.name.removesuffix(".json") for side in sides)
    short = short_names(names, longest=_MAX_TITLE_LENGTH)
    return " against ".join(short[name] for name in names)


def is_changed(cell: Compared) -> bool:
    """Return whether a cell is faster or slower."""
    return cell.verdict is not None and cell.verdict.decision in (Decision.SLOWER, Decision.FASTER)


def changed_first(comparison: Comparison) -> tuple[Compared, ...]:
    """Return the cells that changed, the largest change first."""
    changed = filter(is_changed, comparison.cells)
    return tuple(sorted(changed, key=lambda cell: -abs(cell.where.point)))


def headline(comparison: Comparison) -> str:
    """Return how many cells became what, in one sentence."""
    counts = collections.Counter(decision(cell) for cell in comparison.cells)
    cells = formatting.count(len(comparison.cells), "cell")
    if not counts:
        return "Nothing can be compared: no cell was measured in both old and new."
    if set(counts) == {UNRESOLVED}:
        return f"{cells} compared: no difference was shown, and none was ruled out."
    decisions = sorted(counts, key=lambda word: _RANKS.index(word if word in _RANKS else ""))
    return (
        f"Of {cells}: {formatting.listed(tuple(f'{counts[word]} {word}' for word in decisions))}."
    )


def sees(comparison: Comparison) -> str:
    """Return which differences would have been found; empty where nothing was judged."""
    span = _span([cell.verdict.mde for cell in comparison.cells if cell.verdict])
    return (
        span and f"A difference of {span} would have been found in four of five such comparisons."
    )


def gate_sees(comparison: Comparison, gate: Gate) -> str:
    """Return which change would have tripped a gate; empty where nothing was judged."""
    span = _span(
        [
            (1 + bound_of(gate, cell)) * (1 + cell.verdict.mde) - 1
            for cell in comparison.cells
            if cell.verdict
        ]
    )
    return span and f"it would trip in four of five such comparisons at {span}"


def tested(comparison: Comparison, gate: Gate) -> str:
    """Return how many cells a gate tested, and for which difference if not for its own."""
    judged = [cell for cell in comparison.cells if cell.verdict]
    others = (*comparison.missing, *comparison.failed, *comparison.not_comparable)
    keys = {cell.key for cell in comparison.cells} | {cell.key for cell in others}
    total = len(keys)
    words = f"{len(judged)} of {formatting.count(total, 'cell')} tested"
    if len(judged) == total:
        words = f"{formatting.count(total, 'cell')} tested"
    if judged and comparison.threshold > gate.threshold:
        words += (
            f", for more than {percent(comparison.threshold)}: here a smaller difference does not "
            "matter (see --threshold)"
        )
    return words


def was_measured_apart(comparison: Comparison) -> bool:
    """Return whether old and new were measured at different times."""
    return any(cell.basis.how is not How.BLOCKS for cell in comparison.cells)


def _span(shares: list[float]) -> str:
    if not shares:
        return ""
    low, high = (
        "many times that" if share >= _MAX_SHARE else _upward(share)
        for share in (min(shares), max(shares))
    )
    return low if low == high else f"{low} to {high} (by the cell)"


def _upward(share: float) -> str:
    return percent(math.ceil(share * 1000) / 1000)


def decided(comparison: Comparison) -> tuple[str, ...]:
    """Return a sentence for each way in which cells were decided."""
    ways: dict[tuple[How, str], list[Compared]] = {}
    for cell in comparison.cells:
        ways.setdefault((cell.basis.how, cell.basis.anchor), []).append(cell)
    return tuple(_sentence(how, anchor, cells) for (how, anchor), cells in ways.items())


def _sentence(how: How, anchor: str, cells: list[Compared]) -> str:
    spread = max(cell.basis.sd for cell in cells)
    most = percent(math.expm1(spread)) if spread < 1 else "many times that"
    processes = "the processes of old and new (Welch's t)"
    match how:
        case How.ANCHOR:
            reason = (
                f"the ratio to {anchor}, the same build in both experiments, formed "
                "within each block and then compared, so that what differs by the time cancels "
                "(Welch's t)."
            )
        case How.KNOWN:
            runs = max(cell.basis.experiments for cell in cells)
            reason = (
                f"{processes}, widened by what runs of the "
                f"same thing differ by on this machine: a standard deviation of {most}, known "
                f"from {formatting.count(runs, 'stored experiment')}."
            )
        case How.GIVEN:
            reason = (
                f"{processes}, widened by the {most} that runs differ by according to --run-to-run."
            )
        case How.ASSUMED:
            limit = "" if spread <= ASSUMED_SD else f" (at most {most} here)"
            reason = (
                f"{processes}. Run-to-run noise is unknown; assumed is a standard deviation of "
                f"{percent(ASSUMED_SD)}, or half of that between processes where this is more"
                f"{limit}."
            )
        case How.BLOCKS:
            reason = (
                "the difference within each block of the one experiment that both come from, round "
                "by round, as they were measured in turns (Student's t)."
            )
        case How.NOT_NEEDED:
            reason = f"{processes}: bytes, which do not depend on how fast the machine was."
    return f"{formatting.count(len(cells), 'cell')}: {reason}"
