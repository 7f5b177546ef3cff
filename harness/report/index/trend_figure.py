"""A number over experiments: a strip for each variant, its levels, and its steps marked."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from harness.report.drawing import canvas, theme
from harness.report.index.summary_file import What
from harness.report.index.words import day, shown
from harness.report.words import formatting
from harness.report.words.formatting import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from harness.report.drawing.canvas import Sheet
    from harness.report.index.trends import Group, Listed, Series

    _Point = tuple[float, float]

__all__ = ["draw"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 22, 34, 26
_STRIP, _GAP = 66, 42
_EDGE = 0.75
"""Room before the first and after the last experiment, in experiments."""
_MIN_SPAN = 0.16
"""Of a strip, natural logarithm: noise is not enlarged to fill it."""
_FAR = 0.7
"""How far an interval may stretch a strip beyond its points."""
_MAX_DAYS = 4
_MAX_TICKS = 4
_MAX_LABEL_LENGTH = 26


def draw(group: Group, lines: Sequence[Series]) -> Sheet:
    """Return the figure of these series, one strip each."""
    height = _TOP + len(lines) * _STRIP + (len(lines) - 1) * _GAP + _BOTTOM
    bottom = height - _TOP - _STRIP
    sheet = canvas.sheet(height=height, left=_LEFT, right=_RIGHT, top=_TOP, bottom=bottom)
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
    bounds = [
        math.log(bound) for number in line.numbers for bound in (number.low, number.high) if bound
    ]
    low = max(low - reach, min([low, *bounds]))
    high = min(high + reach, max([high, *bounds]))
    lack = max(0.0, _MIN_SPAN - (high - low)) / 2
    low, high = math.exp(low - lack - 0.01), math.exp(high + lack + 0.01)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    places = _ticks(low, high)
    canvas.ticks(axes.yaxis, places, [_tick(line.what, place) for place in places])


def _ticks(low: float, high: float) -> list[float]:
    """Return two to four round numbers within these bounds."""
    if high / low > 4:  # noqa: PLR2004 - then powers are rounder than equal steps
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        powers = [10.0**power for power in range(first, last + 1) if low <= 10.0**power <= high]
        if len(powers) > 1:
            return powers[:: math.ceil(len(powers) / 3)]
    size = 10.0 ** math.floor(math.log10(high - low))
    for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0):
        step = factor * size
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < _MAX_TICKS:
            break
    return [step * place for place in range(first, last + 1)]


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
    bars = [
        ((place, max(low, number.low)), (place, min(high, number.high)))
        for place, number in zip(line.places, line.numbers, strict=True)
        if number.low is not None and number.high is not None
    ]
    _path(axes, bars, color=tint, linewidth=1.4, alpha=0.5, solid_capstyle="butt", zorder=2)


def _path(axes: Axes, segments: Sequence[tuple[_Point, _Point]], **style: Any) -> None:  # noqa: ANN401 - matplotlib's own
    xs = [x for (left, _), (right, _) in segments for x in (left, right, math.nan)]
    ys = [y for (_, start), (_, end) in segments for y in (start, end, math.nan)]
    axes.plot(xs, ys, **style)


def _levels(sheet: Sheet, axes: Axes, line: Series) -> None:
    """Draw each level, and the steps between them."""
    levels = [
        (
            (line.places[level.start] - 0.5, level.value.point),
            (line.places[level.stop - 1] + 0.5, level.value.point),
        )
        for level in line.trend.levels
    ]
    _path(axes, levels, color=theme.colour("soft"), linewidth=1.1, zorder=3)
    for step in line.trend.steps:
        at = (line.places[step.at - 1] + line.places[step.at]) / 2
        tint = theme.colour("warn" if line.is_worse(step) else "accent")
        (mark,) = axes.plot(
            [at, at],
            [0, 1],
            transform=axes.get_xaxis_transform(),
            color=tint,
            linewidth=1.4,
            linestyle=(0, (4, 2)) if step.is_confirmed else (0, (1, 2)),
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
    """Name the strip in the empty row above its drawing: labels of steps are below the name."""
    name = canvas.elided(line.variant, _MAX_LABEL_LENGTH)
    role = theme.role(line.slot)
    canvas.say(sheet, name, 4, top - 20, tint=role, fontsize=11, fontweight="bold")
    now = shown(line.what, line.trend.levels[-1].value).value
    canvas.say(sheet, f"now {now}", canvas.WIDTH - _RIGHT, top - 20, tint="muted", ha="right")


def _days(axes: Axes, runs: tuple[Listed, ...]) -> None:
    """Date the first, the last and some between, each day once."""
    count = min(_MAX_DAYS, len(runs))
    places = [round(rank * (len(runs) - 1) / (count - 1)) for rank in range(count)]
    days = [day(runs[place].summary.created) for place in places]
    labels = ["" if date == before else date for before, date in itertools.pairwise(["", *days])]
    canvas.ticks(axes.xaxis, [float(place) for place in places], labels)
