"""Forest plot of the three-way split: ratios of times around 1, band of no matter drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.report.drawing import axes, canvas, theme
from harness.report.sections.gil_cost.numbers import MAX_ROWS, halves, pairs, run_of
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Split
    from harness.model import Estimate
    from harness.report.drawing.canvas import Sheet
    from harness.report.sections.gil_cost.numbers import Pair

__all__ = ["draw"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 62, 34, 30
_ROW, _GROUP = 34, 22
_DODGE = 9
_TICKS = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.75, 1, 1.5, 2, 3, 4, 8, 16, 32, 64)

_NAMES = {"tax": "before removal", "removal": "GIL removal", "net": "net"}
_PARTS = {"tax": ("s", "soft", 6.5), "removal": ("o", "soft", 7.0), "net": ("D", "accent", 7.5)}
"""Mark, tint and size of each part of a split."""


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a forest plot for each pair of builds, or two for one with many rows."""
    return {
        half.name: _draw(half, whole=pair, threshold=analysis.threshold)
        for pair in pairs(analysis)
        for half in halves(pair)
    }


def _draw(pair: Pair, *, whole: Pair, threshold: float) -> Sheet:
    """Return the forest plot of a pair of builds, or of a part of it, on the scale of ``whole``.

    Changes up to ``threshold`` are shaded.
    """
    everything = _plotted(whole)
    splits = tuple(split for split in everything if split in pair.splits) or pair.splits
    groups = len({split.workload for split in splits})
    plot = len(splits) * _ROW + groups * _GROUP
    sheet = canvas.sheet(
        height=plot + _TOP + _BOTTOM, left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM
    )
    parts = (getattr(split, name) for split in everything for name in _PARTS)
    ends = axes.limits(parts, 0.8, 1.25, margin=1.1)
    axes.ratio_rows(sheet.axes, ends, plot=plot, values=_TICKS, digits=".3g")
    practical = 1 / (1 + threshold), 1 + threshold
    sheet.axes.axvspan(*practical, color=theme.colour("zone"), linewidth=0, zorder=0)
    _rows(sheet, splits)
    _key(sheet, "difference" if pair.differences else "tax")
    return sheet


def _plotted(pair: Pair) -> tuple[Split, ...]:
    """Return the rows to draw: of many thread counts the powers of two; the table has all."""
    if len(pair.splits) <= MAX_ROWS:
        return pair.splits
    powers = tuple(split for split in pair.splits if split.threads.bit_count() == 1)
    return (powers or pair.splits)[: 6 * MAX_ROWS]


def _rows(sheet: Sheet, splits: tuple[Split, ...]) -> None:
    place, previous, labels = 0.0, None, []
    for split in splits:
        if split.workload != previous:
            previous = split.workload
            name, y = canvas.elided(previous, 40), _TOP + place + _GROUP - 6
            canvas.say(sheet, name, 4, y, tint="ink", fontsize=11, fontweight="bold")
            place += _GROUP
        middle = place + _ROW / 2
        labels.append((middle, run_of(split)))
        for rank, name in enumerate(_PARTS):
            estimate: Estimate | None = getattr(split, name)
            if estimate is not None:
                words = f"{split.workload}, {run_of(split)}, {_NAMES[name]}"
                _mark(sheet, estimate, name, at=middle + (rank - 1) * _DODGE, words=words)
        net = formatting.change(split.net).value
        right, style = canvas.WIDTH - 4, {"ha": "right", "va": "center", "fontweight": "bold"}
        canvas.say(sheet, net, right, _TOP + middle, tint="accent", fontsize=11, **style)
        place += _ROW
    canvas.ticks(sheet.axes.yaxis, [at for at, _ in labels], [words for _, words in labels])


def _look(name: str) -> dict[str, Any]:
    shape, tint, size = _PARTS[name]
    shade = theme.colour(tint)
    face = shade if name == "net" else theme.colour("paper")
    look = {"marker": shape, "markersize": size, "color": shade}
    return {**look, "markerfacecolor": face, "markeredgewidth": 1.4}


def _mark(sheet: Sheet, estimate: Estimate, name: str, *, at: float, words: str) -> None:
    style: dict[str, Any] = {"linewidth": 1.6, "solid_capstyle": "butt"}
    axes.interval(sheet.axes, estimate, at, tint=_PARTS[name][1], within=(1e-6, math.inf), **style)
    (mark,) = sheet.axes.plot([estimate.point], [at], linestyle="none", zorder=4, **_look(name))
    shown = f"{formatting.factor(estimate).text}, {formatting.change(estimate).text}"
    sheet.tip(mark, f"{words}: {shown}")


def _key(sheet: Sheet, first: str) -> None:
    """Name the three marks once, above the rows."""
    place = float(_LEFT)
    for part, name in zip(_PARTS, (first, "GIL removal", "net"), strict=True):
        canvas.key_mark(sheet, place, 12, **_look(part))
        canvas.say(sheet, name, place + 8, 12, tint="soft", va="center")
        place += 8 + 18 + 7.4 * len(name)
