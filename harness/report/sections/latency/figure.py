"""The slowest answers against load: 99th percentiles on a logarithmic axis of seconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.report.drawing import axes, canvas, theme
from harness.report.numbers import delays
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.results.experiment import Analysis
    from harness.report.drawing.canvas import Sheet
    from harness.report.numbers.delays import DelayChart, DelayLine

__all__ = ["draw"]

_HEIGHT = 330
_LEFT, _TOP, _BOTTOM = 56, 40, 44
_MAX_DIRECT = 6
_NARROW = 14
_MAX_LABEL_LENGTH = 12
_SIDE, _DODGE = 0.35, 0.12
"""In steps of the axis: how far a variant's mark is set aside at most, and from the next."""


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a figure for each workload whose answers were timed under two loads or more."""
    return {chart.name: _draw(chart) for chart in delays.charts(analysis)}


def _draw(chart: DelayChart) -> Sheet:
    """Return the figure of one workload: loads are evenly spaced, whatever lies between."""
    is_direct = len(chart.lines) <= _MAX_DIRECT
    labels = (line.label for line in chart.lines)
    right = canvas.label_room(labels, _MAX_LABEL_LENGTH) if is_direct else _NARROW
    sheet = canvas.sheet(height=_HEIGHT, left=_LEFT, right=right, top=_TOP, bottom=_BOTTOM)
    estimates = (estimate for line in chart.lines for _, estimate in line.points)
    deadlines = filter(None, [chart.deadline_s])
    low, high = axes.limits(estimates, *deadlines, margin=1.4, far=3)
    sheet.axes.set(yscale="log", xlim=(-0.5, len(chart.loads) - 0.5), ylim=(low, high))
    canvas.frame(sheet.axes, grid="y")
    places = [float(place) for place in range(len(chart.loads))]
    canvas.ticks(sheet.axes.xaxis, places, [str(load) for load in chart.loads])
    shown = _ticks(low, high)
    canvas.ticks(sheet.axes.yaxis, shown, [formatting.seconds_round(value) for value in shown])
    _deadline(sheet, chart)
    step = min(_DODGE, 2 * _SIDE / max(1, len(chart.lines) - 1))
    for rank, line in enumerate(chart.lines):
        _variant(sheet, chart, line, aside=(rank - (len(chart.lines) - 1) / 2) * step)
    if is_direct:
        names = _names(chart, low=low, high=high)
        axes.edge_names(sheet, names, right=right, bottom=_BOTTOM)
    canvas.say(sheet, "Response time, p99", 4, 14, tint="muted")
    canvas.say(sheet, chart.axis.capitalize(), _LEFT, _HEIGHT - 10, tint="muted")
    return sheet


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers within the limits: decades, and 2 and 5 where there is room."""
    steps = (1, 2, 5) if high / low < 10**2.5 else (1,)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    # From the text, so that a tick is 0.005 and not 0.005000000000000001.
    ticks = (float(f"{step}e{exponent}") for exponent in exponents for step in steps)
    return [value for value in ticks if low <= value <= high]


def _deadline(sheet: Sheet, chart: DelayChart) -> None:
    if chart.deadline_s is None:
        return
    tint = theme.colour("muted")
    sheet.axes.axhline(chart.deadline_s, color=tint, linewidth=1, linestyle=(0, (2, 3)), zorder=1)
    sheet.axes.annotate(
        f"deadline {formatting.seconds_round(chart.deadline_s)}",
        (-0.5, chart.deadline_s),
        xytext=(2, 3),
        textcoords="offset points",
        va="bottom",
        fontsize=canvas.SMALL,
        color=tint,
        bbox={"facecolor": theme.colour("paper"), "edgecolor": "none", "pad": 0.8},
        zorder=1.5,
    )


def _variant(sheet: Sheet, chart: DelayChart, line: DelayLine, *, aside: float) -> None:
    """Draw a line with its marks and intervals, set a little aside from the others."""
    tint = theme.colour(theme.role(line.slot))
    xs = [chart.loads.index(load) + aside for load, _ in line.points]
    ys = [estimate.point for _, estimate in line.points]
    dashes = theme.dashes(line.slot)
    sheet.axes.plot(xs, ys, color=tint, linewidth=1.6, linestyle=dashes, alpha=0.7, zorder=3)
    within = (sheet.axes.get_ylim()[0], math.inf)
    look = axes.variant_mark(line.slot, 7.5)
    look |= {"markeredgecolor": theme.colour("paper"), "markeredgewidth": 0.9}
    style: dict[str, Any] = {"is_upright": True, "linewidth": 1.3, "zorder": 3}
    for x, (load, estimate) in zip(xs, line.points, strict=True):
        axes.interval(sheet.axes, estimate, x, tint=theme.role(line.slot), within=within, **style)
        (mark,) = sheet.axes.plot([x], [estimate.point], **look)
        sheet.tip(mark, f"{line.label}, {load} {chart.axis}: {formatting.seconds(estimate).text}")


def _names(chart: DelayChart, *, low: float, high: float) -> Iterator[tuple[str, str, float]]:
    """Yield the lines that reach the right edge, with their tint and their height there."""
    plot, span = _HEIGHT - _TOP - _BOTTOM, math.log10(high / low)
    for line in reversed(chart.lines):
        load, last = line.points[-1]
        if load == chart.loads[-1]:
            name = canvas.elided(line.label, _MAX_LABEL_LENGTH)
            yield name, theme.role(line.slot), math.log10(last.point / low) / span * plot
