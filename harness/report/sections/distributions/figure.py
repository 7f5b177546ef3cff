"""Every process as a dot: strips of a few numbers each, on one scale for the whole figure."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Rectangle

from harness.report.drawing import axes, canvas, theme
from harness.report.numbers import series
from harness.report.sections.distributions.numbers import panels, reach, shown
from harness.report.sections.distributions.words import FIGURE
from harness.report.words import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from harness.analysis.results.experiment import Analysis
    from harness.report.drawing.canvas import Sheet
    from harness.report.sections.distributions.numbers import Panel, Strip

__all__ = ["draw"]

_LEFT, _RIGHT, _GUTTER = 84, 8, 16
_WIDTH = (canvas.WIDTH - _LEFT - _RIGHT - _GUTTER) / 2
_TOP, _BOTTOM = 30, 8
_ROW, _HEAD, _AXIS = 24, 34, 20
_MAX_LABEL_LENGTH, _MAX_NAME_LENGTH = 11, 36
_DOT, _TALLEST = 3.6, 8.0
"""Diameter of a dot, and how far from its row's middle a stack may go, in units."""
_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return the figure, where any process ended well."""
    drawn = shown(panels(analysis))
    if not drawn:
        return {}
    edge = reach(drawn)
    heights = [_HEAD + len(panel.labels) * _ROW + _AXIS for panel in drawn]
    sheet = canvas.blank(height=_TOP + sum(heights) + _BOTTOM)
    tops = itertools.accumulate(heights[:-1], initial=_TOP + _HEAD)
    for panel, top in zip(drawn, tops, strict=True):
        for column, (benchmark, strips) in enumerate(panel.columns):
            left, plot = _LEFT + column * (_WIDTH + _GUTTER), len(panel.labels) * _ROW
            right = canvas.WIDTH - left - _WIDTH
            box = canvas.below(sheet, top=top, height=plot, left=left, right=right)
            _scales(box, edge, plot=plot)
            canvas.title(box, series.how(benchmark), pad=4)
            places = {label: rank for rank, (label, _) in enumerate(panel.labels)}
            for strip in strips:
                words = f"{strip.label}, {panel.workload}, {series.how(benchmark)}"
                middle = (places[strip.label] + 0.5) * _ROW
                _strip(sheet, box, strip, middle=middle, edge=edge, words=words)
        _names(sheet, panel, top)
    canvas.say(sheet, "Process ÷ typical time", 4, 14, tint="muted")
    return {FIGURE: sheet}


def _names(sheet: Sheet, panel: Panel, top: float) -> None:
    name = canvas.elided(panel.workload, _MAX_NAME_LENGTH)
    canvas.say(sheet, name, 4, top - 20, tint="ink", fontsize=11, fontweight="bold")
    for rank, (label, slot) in enumerate(panel.labels):
        shown_label = canvas.elided(label, _MAX_LABEL_LENGTH)
        at = top + (rank + 0.5) * _ROW + 3.5
        canvas.say(sheet, shown_label, 4, at, tint=theme.role(slot), fontweight="bold")


def _scales(box: Axes, edge: float, *, plot: float) -> None:
    box.set(xscale="log", xlim=(1 / edge, edge), ylim=(plot, 0))
    canvas.frame(box, grid="x")
    box.tick_params(pad=3)
    canvas.ticks(box.yaxis, [], [])
    _ticks(box, edge)
    box.axvline(1, color=theme.colour("muted"), linewidth=0.8, zorder=1)


def _ticks(box: Axes, edge: float) -> None:
    step = next((step for step in _STEPS if step * 2.6 >= edge - 1), _STEPS[-1])
    counts = range(-int((1 - 1 / edge) / step), int((edge - 1) / step) + 1)
    values = [1 + count * step for count in counts]
    # Two of one distance and 1 say enough, and stay clear of each other on a phone.
    far = min(-min(counts), max(counts))
    labels = [
        "" if abs(count) not in (0, far) else f"{count * step * 100:+g} %" if count else "0"
        for count in counts
    ]
    canvas.ticks(box.xaxis, values, [label.replace("-", "\u2212") for label in labels])


def _strip(
    sheet: Sheet, box: Axes, strip: Strip, *, middle: float, edge: float, words: str
) -> None:
    shade = theme.colour(theme.role(strip.slot))
    if strip.interval is not None:
        low, high = (min(max(bound, 1 / edge), edge) for bound in strip.interval)
        bar = Rectangle((low, middle - 5), high - low, 10, color=shade, alpha=0.16, linewidth=0)
        box.add_patch(bar)
    if 1 / edge <= strip.median <= edge:
        ends = [middle - 7, middle + 7]
        box.plot([strip.median] * 2, ends, color=theme.colour("ink"), linewidth=1.3, zorder=2.5)
    within = [ratio for ratio in strip.ratios if 1 / edge <= ratio <= edge]
    if within:
        dots = _dots(box, within, middle=middle, edge=edge)
        dots.set_color(shade)
        sheet.tip(dots, f"{words}: {_range(strip)}")
    for at, shape, beyond in (
        (1 / edge, "<", [ratio for ratio in strip.ratios if ratio < 1 / edge]),
        (edge, ">", [ratio for ratio in strip.ratios if ratio > edge]),
    ):
        if beyond:
            look: dict[str, Any] = {"color": shade, "markeredgewidth": 0, "clip_on": False}
            (mark,) = box.plot([at], [middle], marker=shape, markersize=6.5, zorder=4, **look)
            named = ", ".join(f"{ratio:.3g}" for ratio in sorted(beyond))
            sheet.tip(mark, f"{words}: {formatting.count(len(beyond), 'process')} at {named}×")


def _dots(box: Axes, ratios: list[float], *, middle: float, edge: float) -> Line2D:
    """Draw a dot for each ratio: strokes of no length with round ends, all in one path."""
    heights = _stacked([math.log(ratio) / math.log(edge) * _WIDTH / 2 for ratio in ratios])
    ends = [
        (ratio, middle + height, ratio, middle + height)
        for ratio, height in zip(ratios, heights, strict=True)
    ]
    style: dict[str, Any] = {"linewidth": _DOT, "solid_capstyle": "round", "clip_on": False}
    return axes.strokes(box, ends, zorder=3, **style)


def _range(strip: Strip) -> str:
    processes = formatting.count(len(strip.ratios), "process")
    low, high = min(strip.ratios), max(strip.ratios)
    return f"{formatting.seconds(strip.typical).text}, {processes} from {low:.3f}× to {high:.3f}×"


def _stacked(places: list[float]) -> list[float]:
    """Return how far above or below its row each dot is set, so that none hides another.

    ``places`` are units along the row. A dot takes the free place nearest to the middle; where
    there is none left, dots lie on each other at the edge of the row.
    """
    heights = [0.0] * len(places)
    done: list[tuple[float, float]] = []
    levels = [0.0]
    while levels[-1] < _TALLEST - _DOT / 2:
        step = (len(levels) + 1) // 2 * _DOT
        levels.append(step if len(levels) % 2 else -step)
    for index in sorted(range(len(places)), key=lambda index: places[index]):
        near = [height for at, height in done if places[index] - at < _DOT]
        heights[index] = next((level for level in levels if level not in near), levels[-1])
        done.append((places[index], heights[index]))
    return heights
