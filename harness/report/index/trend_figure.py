"""A number over experiments: a strip for each variant, its levels, and its steps marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.report.drawing import canvas, theme
from harness.report.index.summary_file import What
from harness.report.index.words import day, moment, shown
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from harness.report.drawing.canvas import Sheet
    from harness.report.index.trends import Group, Listed, Series

__all__ = ["draw"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 22, 34, 26
_STRIP, _GAP = 66, 42
_EDGE = 0.75
"""Experiments' worth of room beside the first and the last."""
_MIN_SPAN = 0.16
"""Of a strip, natural logarithm: noise is not blown up to fill it."""
_FAR = 0.7
"""How far an interval may stretch a strip beyond its points."""
_MAX_DAYS = 4
_MAX_TICKS = 4
_MAX_LABEL_LENGTH = 26


def draw(group: Group, lines: Sequence[Series]) -> Sheet:
    """Return the figure of these series, one strip each."""
    height = _TOP + len(lines) * _STRIP + (len(lines) - 1) * _GAP + _BOTTOM
    sheet = canvas.sheet(
        height=height,
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=height - _TOP - _STRIP,
    )
    for rank, line in enumerate(lines):
        top = _TOP + rank * (_STRIP + _GAP)
        axes = sheet.axes
        if rank:
            axes = canvas.below(sheet, top=top, height=_STRIP, left=_LEFT, right=_RIGHT)
        axes.set_xlim(-_EDGE, len(group.runs) - 1 + _EDGE)
        canvas.frame(axes, grid="y")
        canvas.ticks(axes.xaxis, [], [])
        _scale(axes, line)
        _strip(sheet, axes, group=group, line=line)
        _head(sheet, line, top)
    _days(axes, group.runs)
    return sheet


def _scale(axes: Axes, line: Series) -> None:
    """Set a logarithmic axis: so a step of 10 % looks the same in every strip of one span."""
    points = [number.log for number in line.numbers]
    low, high = min(points), max(points)
    reach = (high - low) * _FAR + 0.02
    bounds = [bound for one in line.numbers for bound in (one.low, one.high) if bound]
    low = max(low - reach, min([low, *map(math.log, bounds)]))
    high = min(high + reach, max([high, *map(math.log, bounds)]))
    lack = max(0.0, _MIN_SPAN - (high - low)) / 2
    low, high = low - lack - 0.01, high + lack + 0.01
    axes.set_yscale("log")
    axes.set_ylim(math.exp(low), math.exp(high))
    places = _ticks(math.exp(low), math.exp(high))
    canvas.ticks(axes.yaxis, places, [_tick(line.what, place) for place in places])


def _ticks(low: float, high: float) -> list[float]:
    """Return two to four round numbers within these bounds."""
    if high / low > 4:  # noqa: PLR2004 - then powers are rounder than equal steps
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        found = [10.0**power for power in range(first, last + 1) if low <= 10.0**power <= high]
        if len(found) > 1:
            return found[:: math.ceil(len(found) / 3)]
    size = 10.0 ** math.floor(math.log10(high - low))
    steps = [factor * size for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0)]
    step = next(one for one in steps if math.floor(high / one) - math.ceil(low / one) < _MAX_TICKS)
    first = math.ceil(low / step)
    return [step * place for place in range(first, math.floor(high / step) + 1)]


def _tick(what: What, place: float) -> str:
    return f"{place:.3g}×" if what is What.SPEEDUP else formatting.seconds_round(place)


def _strip(sheet: Sheet, axes: Axes, *, group: Group, line: Series) -> None:
    tint = theme.colour(theme.role(line.slot))
    _bars(axes, line, tint)
    _levels(sheet, axes, line)
    low, high = axes.get_ylim()
    (marks,) = axes.plot(
        line.places,
        [min(high, max(low, number.point)) for number in line.numbers],
        marker=theme.marker(line.slot),
        markersize=theme.marker_size(line.slot, 5.5),
        color=tint,
        markeredgewidth=0,
        linestyle="none",
        clip_on=False,
        zorder=4,
    )
    words = (
        f"{moment(group.runs[place].summary.created)}: {shown(line.what, number.estimate).text}"
        for place, number in zip(line.places, line.numbers, strict=True)
    )
    sheet.tip(marks, tuple(words))


def _bars(axes: Axes, line: Series, tint: str) -> None:
    """Draw all intervals as one path: of fifty experiments it is a tenth of the size."""
    low, high = axes.get_ylim()
    known = [
        (place, max(low, one.low), min(high, one.high))
        for place, one in zip(line.places, line.numbers, strict=True)
        if one.low is not None and one.high is not None
    ]
    xs = [x for place, _, _ in known for x in (place, place, math.nan)]
    ys = [y for _, bottom, top in known for y in (bottom, top, math.nan)]
    axes.plot(xs, ys, color=tint, linewidth=1.4, alpha=0.5, solid_capstyle="butt", zorder=2)


def _levels(sheet: Sheet, axes: Axes, line: Series) -> None:
    """Draw each level, and the steps between them."""
    found = line.trend
    ends = [
        (line.places[level.start] - 0.5, line.places[level.stop - 1] + 0.5, level.value.point)
        for level in found.levels
    ]
    xs = [x for left, right, _ in ends for x in (left, right, math.nan)]
    ys = [y for _, _, point in ends for y in (point, point, math.nan)]
    axes.plot(xs, ys, color=theme.colour("soft"), linewidth=1.1, zorder=3)
    for step in found.steps:
        at = (line.places[step.at - 1] + line.places[step.at]) / 2
        dashes = (0, (4, 2)) if step.is_confirmed else (0, (1, 2))
        tint = theme.colour("warn" if line.is_worse(step) else "accent")
        (mark,) = axes.plot(
            [at, at],
            [0, 1],
            transform=axes.get_xaxis_transform(),
            color=tint,
            linewidth=1.4,
            linestyle=dashes,
            zorder=3,
        )
        change = formatting.change(step.change)
        sheet.tip(mark, f"Step of {change.text}{'' if step.is_confirmed else ', not confirmed'}")
        axes.annotate(
            f"{change.value}{'' if step.is_confirmed else ' ?'}",
            (at, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha=_side(at, axes.get_xlim()),
            va="bottom",
            fontsize=canvas.SMALL,
            fontweight="bold",
            color=tint,
        )


def _side(at: float, limits: tuple[float, float]) -> str:
    """Return on which side of its line a label has room."""
    share = (at - limits[0]) / (limits[1] - limits[0])
    if share > 0.94:  # noqa: PLR2004 - half a label from the edge
        return "right"
    return "left" if share < 0.06 else "center"  # noqa: PLR2004


def _head(sheet: Sheet, line: Series, top: float) -> None:
    """Name the strip, in the empty row above what is drawn: labels of steps stand below it."""
    y = 1 - (top - 20) / sheet.height
    sheet.figure.text(
        4 / canvas.WIDTH,
        y,
        canvas.elided(line.variant, _MAX_LABEL_LENGTH),
        fontsize=11,
        fontweight="bold",
        color=theme.colour(theme.role(line.slot)),
    )
    now = shown(line.what, line.trend.levels[-1].value).value
    sheet.figure.text(
        1 - _RIGHT / canvas.WIDTH,
        y,
        f"now {now}",
        ha="right",
        fontsize=canvas.SMALL,
        color=theme.colour("muted"),
    )


def _days(axes: Axes, runs: tuple[Listed, ...]) -> None:
    """Date the first, the last and some between; a day that is written is not written again."""
    count = min(_MAX_DAYS, len(runs))
    places = [round(rank * (len(runs) - 1) / (count - 1)) for rank in range(count)]
    labels, before = [], ""
    for place in places:
        name = day(runs[place].summary.created)
        labels.append("" if name == before else name)
        before = name
    canvas.ticks(axes.xaxis, [float(place) for place in places], labels)
