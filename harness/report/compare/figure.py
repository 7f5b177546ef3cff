"""Forest plot of a comparison: ratios of new to old, the equivalence band shaded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.model import Decision
from harness.report.compare import words
from harness.report.drawing import canvas, theme
from harness.report.words.short_names import short_names

if TYPE_CHECKING:
    from harness.analysis.comparing.comparison import Compared, Comparison
    from harness.report.drawing.canvas import Sheet

__all__ = ["draw", "drawn"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 182, 66, 12, 30
_ROW, _GROUP = 24, 24
_MAX_ROWS = 40
_MAX_LABEL_LENGTH, _MIN_LABEL_LENGTH = 23, 8
_TICKS = (
    *(0.001, 0.01, 0.1, 0.25, 0.5, 0.67, 0.8, 0.9, 0.95, 0.98),
    *(1, 1.02, 1.05, 1.1, 1.25, 1.5, 2, 4, 10, 100, 1000),
)
_MARKS = {
    Decision.SLOWER: (">", "warn", True),
    Decision.FASTER: ("<", "accent", True),
    Decision.EQUIVALENT: ("s", "soft", True),
    Decision.UNRESOLVED: ("o", "muted", False),
}
_ALONE = ("x", "muted", False)
_MIN_GAP = 34
"""Units between two labels of the axis."""


def drawn(comparison: Comparison) -> tuple[Compared, ...]:
    """Return the cells that are drawn, in order; of very many those with the largest changes."""
    largest = sorted(comparison.cells, key=lambda cell: -abs(cell.where.point))[:_MAX_ROWS]
    return tuple(cell for cell in comparison.cells if cell in largest)


def draw(comparison: Comparison) -> Sheet:
    """Return the forest plot of a comparison that has at least one cell."""
    cells = drawn(comparison)
    families = len({cell.family for cell in cells})
    is_grouped = families > 1 or bool(cells[0].key.variant)
    plot = len(cells) * _ROW + (families if is_grouped else 0) * _GROUP
    sheet = canvas.sheet(
        height=plot + _TOP + _BOTTOM, left=_LEFT, right=_RIGHT, top=_TOP, bottom=_BOTTOM
    )
    axes = sheet.axes
    low, high = _limits(cells, comparison.threshold)
    axes.set_xscale("log", base=2)
    axes.set_xlim(low, high)
    axes.set_ylim(plot, 0)
    canvas.frame(axes, grid="x")
    shown = _ticks(low, high)
    canvas.ticks(axes.xaxis, shown, [f"{value:.3g}×" for value in shown])
    band = 1 / (1 + comparison.threshold), 1 + comparison.threshold
    axes.axvspan(*band, color=theme.colour("zone"), linewidth=0, zorder=0)
    axes.axvline(1, color=theme.colour("muted"), linewidth=1, zorder=1)
    _rows(sheet, cells, is_grouped=is_grouped)
    return sheet


def _limits(cells: tuple[Compared, ...], threshold: float) -> tuple[float, float]:
    """Return limits set by the points; of a wider interval only a part is seen."""
    points = [cell.ratio.point for cell in cells]
    bounds = [bound for cell in cells for bound in (cell.ratio.low, cell.ratio.high) if bound]
    points += [1 / (1 + 2 * threshold), 1 + 2 * threshold]
    return canvas.reach(points, bounds, margin=1.02, far=1.4)


def _ticks(low: float, high: float) -> list[float]:
    """Return the labelled ratios: 1, and outward from it those with room for their label."""
    scale = (canvas.WIDTH - _LEFT - _RIGHT) / math.log(high / low)
    kept = [1.0]
    for value in sorted(_TICKS, key=lambda ratio: abs(math.log(ratio))):
        is_free = all(abs(math.log(value / other)) * scale >= _MIN_GAP for other in kept)
        if low <= value <= high and is_free:
            kept.append(value)
    return sorted(kept)


def _rows(sheet: Sheet, cells: tuple[Compared, ...], *, is_grouped: bool) -> None:
    place, previous, labels = 0.0, None, {}
    names = _short([_label(cell, is_grouped=is_grouped) for cell in cells])
    for cell in cells:
        if is_grouped and cell.family != previous:
            previous = cell.family
            place += _GROUP
            name = canvas.elided(cell.family, 60)
            canvas.say(sheet, name, 4, _TOP + place - 7, tint="ink", fontsize=11, fontweight="bold")
        middle = place + _ROW / 2
        labels[middle] = names[_label(cell, is_grouped=is_grouped)]
        _mark(sheet, cell, middle)
        place += _ROW
    canvas.ticks(sheet.axes.yaxis, [*labels], [*labels.values()])


def _label(cell: Compared, *, is_grouped: bool) -> str:
    name = cell.key.benchmark
    if is_grouped:
        name = f"{name.removeprefix(f'{cell.family}/')}, {words.variant_name(cell)}"
    return name


def _short(labels: list[str]) -> dict[str, str]:
    """Return for each label one that has room, no two alike unless nothing else has.

    Wide characters have room for fewer of them.
    """
    for longest in range(_MAX_LABEL_LENGTH, _MIN_LABEL_LENGTH, -1):
        names = short_names(labels, longest=longest)
        if all(canvas.elided(name, _MAX_LABEL_LENGTH) == name for name in names.values()):
            return names
    names = short_names(labels, longest=_MIN_LABEL_LENGTH)
    return {label: canvas.elided(name, _MAX_LABEL_LENGTH) for label, name in names.items()}


def _mark(sheet: Sheet, cell: Compared, at: float) -> None:
    shape, tint, is_filled = _MARKS[cell.verdict.decision] if cell.verdict else _ALONE
    shade = theme.colour(tint)
    ratio = cell.ratio
    if ratio.low is not None and ratio.high is not None:
        low, high = sheet.axes.get_xlim()
        bounds = [max(ratio.low, low), min(ratio.high, high)]
        sheet.axes.plot(bounds, [at, at], color=shade, linewidth=1.6, solid_capstyle="butt")
    (mark,) = sheet.axes.plot(
        [ratio.point],
        [at],
        marker=shape,
        markersize=7,
        color=shade,
        linestyle="none",
        markerfacecolor=shade if is_filled else theme.colour("paper"),
        markeredgewidth=1.4,
        zorder=4,
    )
    sheet.tip(mark, f"{words.cell_name(cell)}: {words.ratio(cell).text}, {words.decision(cell)}")
    is_bold = is_filled and tint != "soft"
    canvas.say(
        sheet,
        words.change(cell).value,
        canvas.WIDTH - 4,
        _TOP + at,
        tint=tint,
        ha="right",
        va="center",
        fontsize=11,
        fontweight="bold" if is_bold else "normal",
    )
