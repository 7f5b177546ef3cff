"""The pilot's calls from the first on: a small panel for each workload and mode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.report.drawing import canvas, theme
from harness.report.numbers import series
from harness.report.sections.warmup.words import FIGURE, ordered, panel
from harness.report.words import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.analysis.results.experiment import Analysis, WarmupResult
    from harness.report.drawing.canvas import Sheet

__all__ = ["draw"]

_COLUMNS = 2
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 40, 10, 34, 34, 14
_PANEL, _TITLE = 96, 40
"""Height of a panel, and of the room for its ticks and the next one's title."""
_MIN_RATIO, _MAX_RATIO = 0.5, 64.0
"""Beyond these a call is drawn at the edge."""
_ROOM = 1.25
_WIDE = 10
_MAX_TITLE_LENGTH = 30


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return the figure, where any pilot was watched."""
    shown = [result for result in ordered(analysis) if result.curve]
    if not shown:
        return {}
    panels: dict[str, list[WarmupResult]] = {}
    for result in shown:
        panels.setdefault(panel(result.benchmark), []).append(result)
    rows = math.ceil(len(panels) / _COLUMNS)
    sheet = canvas.blank(height=_TOP + rows * (_PANEL + _TITLE) - _TITLE + _BOTTOM)
    width = (canvas.WIDTH - _LEFT - _RIGHT - (_COLUMNS - 1) * _GAP) / _COLUMNS
    times = [end for result in shown for end, _ in result.curve]
    ratios = [_bounded(ratio) for result in shown for _, ratio in result.curve]
    for place, (title, results) in enumerate(panels.items()):
        row, column = divmod(place, _COLUMNS)
        left, rest = _LEFT + column * (width + _GAP), rows - 1 - row
        bottom = _BOTTOM + rest * (_PANEL + _TITLE)
        axes = canvas.panel(sheet, left=left, bottom=bottom, width=width, height=_PANEL)
        # All panels have the same scales, so that they can be compared.
        axes.set(xscale="log", xlim=(min(times) / _ROOM, max(times) * _ROOM))
        ends = min([*ratios, 1 / _ROOM]) / _ROOM, max([*ratios, _ROOM]) * _ROOM
        axes.set(yscale="log", ylim=ends)
        _scales(axes, is_left=column == 0)
        canvas.title(axes, canvas.elided(title, _MAX_TITLE_LENGTH))
        for result in results:
            _curve(sheet, axes, result, slot=series.slots(analysis)[result.variant])
    canvas.say(sheet, "Time ÷ last level", 4, 12, tint="muted")
    canvas.say(sheet, "Time at work", _LEFT, sheet.height - 6, tint="muted")
    return {FIGURE: sheet}


def _bounded(ratio: float) -> float:
    return min(max(ratio, _MIN_RATIO), _MAX_RATIO)


def _scales(axes: Axes, *, is_left: bool) -> None:
    canvas.frame(axes, grid="y")
    low, high = axes.get_xlim()
    decades = [10.0**power for power in range(-9, 10) if low <= 10.0**power <= high]
    canvas.ticks(axes.xaxis, decades, [formatting.seconds_round(value) for value in decades])
    low, high = axes.get_ylim()
    steps = (0.5, 1, 2, 4, 8) if high < _WIDE else (1, 4, 16, 64)
    levels = [float(value) for value in steps if low <= value <= high]
    canvas.ticks(axes.yaxis, levels, [f"{value:g}×" if is_left else "" for value in levels])
    axes.axhline(1, color=theme.colour("muted"), linewidth=0.8, zorder=1)


def _curve(sheet: Sheet, axes: Axes, result: WarmupResult, *, slot: int) -> None:
    (line,) = axes.plot(
        [end for end, _ in result.curve],
        [_bounded(ratio) for _, ratio in result.curve],
        color=theme.colour(theme.role(slot)),
        linewidth=1.2,
        linestyle=theme.dashes(slot),
        marker=theme.marker(slot),
        markersize=theme.marker_size(slot, 3.5),
        markevery=max(1, len(result.curve) // 12),
        zorder=3,
    )
    steady = f", {formatting.seconds_point(result.found_s)}" if result.found_s else ""
    sheet.tip(line, f"{result.variant}, {panel(result.benchmark)}: {result.shape}{steady}")
