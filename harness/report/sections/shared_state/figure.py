"""Private and shared arms as pairs of dots on one scale of speed-ups, and the cost beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model import Decision
from harness.report.drawing import axes, canvas, theme
from harness.report.numbers.thread_choice import is_number, with_n
from harness.report.sections.shared_state.numbers import drawn, pair_rows
from harness.report.sections.shared_state.words import FIGURE
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate
    from harness.report.drawing.canvas import Sheet
    from harness.report.sections.shared_state.numbers import ArmRow, PairRows

__all__ = ["draw"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 94, 42, 28
_ROW, _GROUP = 32, 26
_MAX_LABEL_LENGTH, _MAX_PAIR_LENGTH = 11, 34
_TICKS = tuple(2.0**power for power in range(-10, 11))
_FINE = (0.75, 1.5, 3.0)
_WIDE_RANGE = 6
_MAX_NUMBER_LENGTH, _MAX_INTERVAL = 9, 18
_SIZE = 7.0
_SEEN = (1e-9, 1e9)
"""Speed-ups beyond which an interval is not drawn."""
_ASIDE = 2.6
"""Units that an interval lies above (private) or below (shared) the middle of its row."""


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return the figure, where any pair has a speed-up."""
    pairs = drawn(pair_rows(analysis))
    if not pairs:
        return {}
    plot = sum(_GROUP + _ROW * len(pair.rows) for pair in pairs)
    sheet = canvas.sheet(
        height=plot + _TOP + _BOTTOM, left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM
    )
    speedups = (each for pair in pairs for row in pair.rows for each in (row.private, row.shared))
    low, high = axes.limits(speedups, 1.0, float(pairs[0].threads), margin=1.08)
    ticks = [*_TICKS, *(_FINE if high / low < _WIDE_RANGE else ())]
    axes.ratio_rows(sheet.axes, (low, high), plot=plot, values=ticks, digits="g")
    canvas.ticks(sheet.axes.yaxis, [], [])
    if pairs[0].threads <= high:
        tint, dots = theme.colour("muted"), (0, (2, 3))
        sheet.axes.axvline(pairs[0].threads, color=tint, linewidth=1, linestyle=dots, zorder=1)
    place = 0.0
    for pair in pairs:
        place = _pair(sheet, pair, place)
    _key(sheet)
    return {FIGURE: sheet}


def _pair(sheet: Sheet, pair: PairRows, place: float) -> float:
    """Draw one pair below ``place`` and return where it ends."""
    name = canvas.elided(pair.pair, _MAX_PAIR_LENGTH)
    canvas.say(
        sheet, name, 4, _TOP + place + _GROUP - 9, tint="ink", fontweight="bold", fontsize=11
    )
    place += _GROUP
    for row in pair.rows:
        middle = place + _ROW / 2
        tint = theme.role(row.slot)
        label = canvas.elided(row.label, _MAX_LABEL_LENGTH)
        canvas.say(sheet, label, 4, _TOP + middle + 3.5, tint=tint, fontweight="bold")
        _dots(sheet, pair, row, middle)
        place += _ROW
    return place


def _dots(sheet: Sheet, pair: PairRows, row: ArmRow, middle: float) -> None:
    private, shared = row.private, row.shared
    shade = theme.colour(theme.role(row.slot))
    if private is not None and shared is not None and is_number(private) and is_number(shared):
        ends = [private.point, shared.point]
        sheet.axes.plot(ends, [middle, middle], color=shade, linewidth=3.4, alpha=0.22, zorder=2)
    for arm, estimate, aside in (("private", private, -_ASIDE), ("shared", shared, _ASIDE)):
        if estimate is not None and is_number(estimate):
            words = f"{row.label}, {pair.pair}, {arm}"
            _mark(sheet, row, estimate, at=middle, aside=aside, words=words)
    _cost(sheet, row, middle)


def _cost(sheet: Sheet, row: ArmRow, middle: float) -> None:
    """Write the cost at the end of its row, its interval below it."""
    if row.cost is None:
        return
    cost = row.cost.cost
    shown = formatting.factor(cost)
    judged = row.cost.verdict
    is_said = judged is not None and judged.decision is not Decision.UNRESOLVED
    style: dict[str, Any] = {"ha": "right", "fontweight": "bold" if is_said else "normal"}
    right = canvas.WIDTH - 4
    if not shown.has_interval:
        canvas.say(sheet, shown.value, right, _TOP + middle + 3.5, tint="muted", **style)
        return
    value = (
        shown.value
        if len(shown.value) <= _MAX_NUMBER_LENGTH
        else f"{formatting.plain(cost.point)}×"
    )
    interval = shown.note if len(shown.note) <= _MAX_INTERVAL else "very wide interval"
    canvas.say(sheet, value, right, _TOP + middle - 3, tint="ink" if is_said else "muted", **style)
    canvas.say(sheet, interval, right, _TOP + middle + 10, tint="muted", ha="right")


def _mark(
    sheet: Sheet, row: ArmRow, estimate: Estimate, *, at: float, aside: float, words: str
) -> None:
    """Draw a dot, filled for the shared arm, and its interval a little aside from the other's."""
    tint, place = theme.role(row.slot), at + aside
    axes.interval(sheet.axes, estimate, place, tint=tint, within=_SEEN, linewidth=1.2, zorder=3)
    look = axes.variant_mark(row.slot, _SIZE, is_filled=aside > 0)
    (mark,) = sheet.axes.plot([estimate.point], [at], markeredgewidth=1.4, **look)
    sheet.tip(mark, f"{words}: {with_n(formatting.factor(estimate), estimate).text}")


def _key(sheet: Sheet) -> None:
    """Say what the dots and the column of numbers are."""
    soft = theme.colour("soft")
    look = {"marker": "o", "markersize": _SIZE, "markeredgecolor": soft, "markeredgewidth": 1.4}
    for place, face, words in ((_LEFT, "paper", "private"), (_LEFT + 66, "soft", "shared")):
        canvas.key_mark(sheet, place, 13, markerfacecolor=theme.colour(face), **look)
        canvas.say(sheet, words, place + 9, 17, tint="soft")
    canvas.say(sheet, "Time, shared", canvas.WIDTH - 4, 10, tint="muted", ha="right")
    canvas.say(sheet, "÷ private", canvas.WIDTH - 4, 23, tint="muted", ha="right")
    canvas.say(sheet, "Speed-up", 4, 17, tint="muted")
