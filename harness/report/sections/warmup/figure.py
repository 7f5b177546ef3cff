"""The pilot's calls from the first on: a small panel for each workload and mode."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.report.drawing import canvas, theme
from harness.report.drawing.canvas import Sheet
from harness.report.numbers import series
from harness.report.sections.warmup.words import FIGURE, ordered, panel
from harness.report.words import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from harness.analysis.results.experiment import Analysis, WarmupResult

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
    return {FIGURE: _draw(analysis, shown)} if shown else {}


def _draw(analysis: Analysis, shown: list[WarmupResult]) -> Sheet:
    """Return the figure; all panels have the same scales, so that they can be compared."""
    panels: dict[str, list[WarmupResult]] = {}
    for one in shown:
        panels.setdefault(panel(one.benchmark), []).append(one)
    rows = math.ceil(len(panels) / _COLUMNS)
    height = _TOP + rows * (_PANEL + _TITLE) - _TITLE + _BOTTOM
    figure = canvas.blank(height=height)
    axes = [_axes(figure, place, height) for place in range(len(panels))]
    sheet = Sheet(figure=figure, axes=axes[0], height=height, tips={})
    times = [end for one in shown for end, _ in one.curve]
    ratios = [_bounded(ratio) for one in shown for _, ratio in one.curve]
    for each, (title, results) in zip(axes, panels.items(), strict=True):
        each.set_xscale("log")
        each.set_yscale("log")
        each.set_xlim(min(times) / _ROOM, max(times) * _ROOM)
        each.set_ylim(min([*ratios, 1 / _ROOM]) / _ROOM, max([*ratios, _ROOM]) * _ROOM)
        _scales(each)
        each.set_title(
            canvas.elided(title, _MAX_TITLE_LENGTH),
            loc="left",
            fontsize=canvas.SMALL,
            color=theme.colour("soft"),
        )
        for one in results:
            _curve(sheet, each, one, slot=series.slots(analysis)[one.variant])
    style: dict[str, Any] = {"fontsize": canvas.SMALL, "color": theme.colour("muted")}
    figure.text(4 / canvas.WIDTH, 1 - 12 / height, "Time ÷ last level", **style)
    figure.text(_LEFT / canvas.WIDTH, 6 / height, "Time at work", **style)
    return sheet


def _axes(figure: Figure, place: int, height: float) -> Axes:
    row, column = divmod(place, _COLUMNS)
    width = (canvas.WIDTH - _LEFT - _RIGHT - (_COLUMNS - 1) * _GAP) / _COLUMNS
    left = _LEFT + column * (width + _GAP)
    bottom = height - _TOP - row * (_PANEL + _TITLE) - _PANEL
    return figure.add_axes(
        (left / canvas.WIDTH, bottom / height, width / canvas.WIDTH, _PANEL / height)
    )


def _bounded(ratio: float) -> float:
    return min(max(ratio, _MIN_RATIO), _MAX_RATIO)


def _scales(axes: Axes) -> None:
    canvas.frame(axes, grid="y")
    low, high = axes.get_xlim()
    decades = [10.0**power for power in range(-9, 10) if low <= 10.0**power <= high]
    canvas.ticks(axes.xaxis, decades, [formatting.seconds_round(value) for value in decades])
    low, high = axes.get_ylim()
    steps = (0.5, 1, 2, 4, 8) if high < _WIDE else (1, 4, 16, 64)
    levels = [float(value) for value in steps if low <= value <= high]
    is_left = axes.get_position().x0 * canvas.WIDTH < _LEFT + 1
    canvas.ticks(axes.yaxis, levels, [f"{value:g}×" if is_left else "" for value in levels])
    axes.axhline(1, color=theme.colour("muted"), linewidth=0.8, zorder=1)


def _curve(sheet: Sheet, axes: Axes, one: WarmupResult, *, slot: int) -> None:
    (line,) = axes.plot(
        [end for end, _ in one.curve],
        [_bounded(ratio) for _, ratio in one.curve],
        color=theme.colour(theme.role(slot)),
        linewidth=1.2,
        linestyle=theme.dashes(slot),
        marker=theme.marker(slot),
        markersize=theme.marker_size(slot, 3.5),
        markevery=max(1, len(one.curve) // 12),
        zorder=3,
    )
    found = (
        f"{one.shape}, {formatting.seconds_point(one.found_s)}" if one.found_s else str(one.shape)
    )
    sheet.tip(line, f"{one.variant}, {panel(one.benchmark)}: {found}")
