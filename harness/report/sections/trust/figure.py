"""The run-order chart: the canary of every job against the clock, load and steal below it."""

from __future__ import annotations

import dataclasses
import math
import statistics
from typing import TYPE_CHECKING, Any

from harness.report.drawing import axes, canvas, theme
from harness.report.sections.trust.words import FIGURE, canaries
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes

    from harness.analysis.results.experiment import Analysis
    from harness.analysis.results.grade import MachineSample
    from harness.report.drawing.canvas import Sheet

__all__ = ["clock", "draw"]

_WIDTH = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 34, 26
_HEADING, _NUMBERED_HEADING = 9, 22
"""How far above a strip its title stands; more where the blocks' numbers stand between."""
_CANARY, _SMALL, _GAP = 140, 44, 30
_SIDES = {"left": _LEFT, "right": _RIGHT}
_MAX_PAUSE_S = 60.0
_SHOWN_PAUSE_S = 5.0
_MIN_BLOCK = 18
"""Width of a block that has room for its number, in units."""
_RANGE = (0.5, 4.0)
"""Of the canary's median: what lies beyond is drawn at the edge."""
_TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0, 2.5, 3.0, 4.0)
_MAX_TICKS = 6
_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800)
_MINUTE_S = 60
_MIN_S = 1.0
_STEP = 0.5
"""Marks nearer to one another than this, in units, look like one."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Panel:
    """One strip of the chart: its height, its title, and what draws it."""

    height: float
    title: str
    draw: Callable[[Sheet, Axes], None]


def clock(samples: tuple[MachineSample, ...]) -> tuple[float, ...]:
    """Return when each job started, in seconds, with long pauses cut short."""
    now, end, starts = 0.0, None, []
    for sample in samples:
        pause = 0.0 if end is None else max(0.0, sample.at_s - end)
        now += _SHOWN_PAUSE_S if pause > _MAX_PAUSE_S else pause
        starts.append(now)
        now += sample.duration_s
        end = sample.at_s + sample.duration_s
    return tuple(starts)


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return the chart; none where nothing was seen of the machine."""
    samples = analysis.samples
    at_s = clock(samples)
    panels = _panels(samples, at_s, of_each="job" if analysis.calm_share is None else "turn")
    if not panels:
        return {}
    body = sum(panel.height for panel in panels) + _GAP * (len(panels) - 1)
    height = _TOP + body + _BOTTOM
    bottom = height - _TOP - panels[0].height
    sheet = canvas.sheet(height=height, top=_TOP, bottom=bottom, **_SIDES, width=_WIDTH)
    end_s = max(_MIN_S, at_s[-1] + samples[-1].duration_s)
    top = float(_TOP)
    for place, panel in enumerate(panels):
        strip = sheet.axes
        if place:
            strip = canvas.below(sheet, top=top, height=panel.height, **_SIDES)
        strip.set_xlim(0, end_s)
        canvas.frame(strip, grid="y")
        canvas.ticks(strip.xaxis, [], [])
        panel.draw(sheet, strip)
        _blocks(strip, samples, at_s, has_numbers=place == 0)
        heading = top - (_HEADING if place else _NUMBERED_HEADING)
        canvas.say(sheet, panel.title, 4, heading, tint="muted")
        top += panel.height + _GAP
    _time_axis(strip, end_s)
    return {FIGURE: sheet}


def _panels(
    samples: tuple[MachineSample, ...], at_s: tuple[float, ...], *, of_each: str
) -> list[_Panel]:
    relative = canaries(samples)
    loads = [sample.load_1min for sample in samples]
    others = [sample.others_cpus for sample in samples]
    stolen = [sample.stolen for sample in samples]

    def canary(sheet: Sheet, panel: Axes) -> None:
        low, high = _RANGE
        known = [
            (x, min(high, max(low, y)), sample.block)
            for x, y, sample in zip(at_s, relative, samples, strict=True)
            if y is not None
        ]
        _canary_scale(panel, [y for _, y, _ in known])
        _dots(panel, known, hair=max(_MIN_S, at_s[-1]) / 20_000)
        _medians(sheet, panel, known)

    def load(_: Sheet, panel: Axes) -> None:
        _bars(panel, at_s, others)
        known = _highest(panel, at_s, loads)
        ys = [math.nan if value is None else value for _, value in known]
        panel.plot([x for x, _ in known], ys, color=theme.colour("soft"), linewidth=1.4)
        most = max((value for value in (*loads, *others) if value is not None), default=0)
        _from_zero(panel, max(1.0, most), lambda value: f"{value:g}")

    def steal(_: Sheet, panel: Axes) -> None:
        _bars(panel, at_s, stolen)
        most = max(value for value in stolen if value is not None)
        _from_zero(panel, max(0.05, most), lambda value: f"{100 * value:g} %")

    title = f"The canary: time of the same work before each {of_each}, against its median"
    shown = "Load average (line), CPUs of others (bars)"
    panels = (
        (relative, _Panel(height=_CANARY, title=title, draw=canary)),
        ((*loads, *others), _Panel(height=_SMALL, title=shown, draw=load)),
        (stolen, _Panel(height=_SMALL, title="CPU time stolen by the host", draw=steal)),
    )
    return [panel for values, panel in panels if any(value is not None for value in values)]


def _canary_scale(panel: Axes, ratios: list[float]) -> None:
    bottom, top = min(0.9, *ratios, 1.0) * 0.97, max(1.1, *ratios) * 1.03
    panel.set_yscale("log")
    panel.set_ylim(bottom, top)
    shown = [tick for tick in _TICKS if bottom <= tick <= top]
    if len(shown) > _MAX_TICKS:
        shown = [tick for tick in (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0) if bottom <= tick <= top]
    canvas.ticks(panel.yaxis, shown, [f"{tick:g}×" for tick in shown])
    panel.axhline(1, color=theme.colour("muted"), linewidth=1, zorder=2)


def _dots(panel: Axes, known: list[tuple[float, float, int]], *, hair: float) -> None:
    """Draw a dot for each job; where many are closer than can be seen, one for all of them.

    They are strokes with round ends, of the length ``hair``: pictures made of pixels would show
    nothing of strokes without any.
    """
    bottom, top = panel.get_ylim()
    step = math.log(top / bottom) * _STEP / _CANARY
    column = _column(panel)
    seen = {(column(x), round(math.log(y) / step)): (x, y) for x, y, _ in known}.values()
    style: dict[str, Any] = {"color": theme.colour("accent"), "solid_capstyle": "round"}
    ends = ((x, y, x + hair, y) for x, y in seen)
    axes.strokes(panel, ends, linewidth=4, zorder=3, clip_on=False, **style)


def _medians(sheet: Sheet, panel: Axes, known: list[tuple[float, float, int]]) -> None:
    """Draw a line for each block at the median of its canaries, with a tooltip."""
    for block in dict.fromkeys(block for *_, block in known):
        mine = [(x, y) for x, y, of in known if of == block]
        middle = statistics.median(y for _, y in mine)
        ends, tint = [mine[0][0], mine[-1][0]], theme.colour("ink")
        (line,) = panel.plot(ends, [middle, middle], color=tint, linewidth=2, zorder=4)
        jobs = formatting.count(len(mine), "job")
        sheet.tip(line, f"Block {block}: median {middle:.2f}× of {jobs}")


def _column(panel: Axes) -> Callable[[float], int]:
    """Return in which column, narrower than can be told apart, a time lies."""
    per_s = (_WIDTH - _LEFT - _RIGHT) / panel.get_xlim()[1] / _STEP
    return lambda x: round(x * per_s)


def _highest(
    panel: Axes, at_s: Iterable[float], values: Iterable[float | None]
) -> list[tuple[float, float | None]]:
    """Return time and value of the highest in each column, ``None`` where none is known."""
    column = _column(panel)
    highest: dict[int, tuple[float, float | None]] = {}
    for x, y in zip(at_s, values, strict=True):
        _, most = highest.setdefault(column(x), (x, y))
        if y is not None and (most is None or y > most):
            highest[column(x)] = (x, y)
    return [*highest.values()]


def _bars(panel: Axes, at_s: Iterable[float], values: Iterable[float | None]) -> None:
    ends = [(x, 0.0, x, y) for x, y in _highest(panel, at_s, values) if y]
    style: dict[str, Any] = {"color": theme.colour("v1"), "solid_capstyle": "butt"}
    axes.strokes(panel, ends, linewidth=2, zorder=2, **style)


def _from_zero(panel: Axes, most: float, words: Callable[[float], str]) -> None:
    """Let the axis go from nothing to a round number above the most."""
    step = 10 ** math.floor(math.log10(most))
    top = next(factor * step for factor in (1, 2, 5, 10) if factor * step >= most * 0.999)
    panel.set_ylim(0, top)
    canvas.ticks(panel.yaxis, [0, top], [words(0), words(top)])


def _blocks(
    panel: Axes, samples: tuple[MachineSample, ...], at_s: tuple[float, ...], *, has_numbers: bool
) -> None:
    """Shade every other block, and number them where there is room."""
    starts: dict[int, float] = {}
    for x, sample in zip(at_s, samples, strict=True):
        starts.setdefault(sample.block, x)
    end_s = panel.get_xlim()[1]
    edges = [*starts.values(), end_s]
    unit = (_WIDTH - _LEFT - _RIGHT) / end_s
    last = -math.inf
    for place, (block, left) in enumerate(starts.items()):
        right = max(left, edges[place + 1])
        if place % 2 == 0:
            panel.axvspan(left, right, color=theme.colour("zone"), linewidth=0, zorder=0)
        middle = (left + right) / 2 * unit
        if has_numbers and middle - last >= _MIN_BLOCK:
            last = middle
            panel.annotate(
                str(block),
                ((left + right) / 2, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=canvas.SMALL,
                color=theme.colour("muted"),
            )


def _time_axis(panel: Axes, end_s: float) -> None:
    step = next((step for step in _STEPS if end_s / step <= _MAX_TICKS), _STEPS[-1])
    places = [float(place * step) for place in range(int(min(end_s / step, 50)) + 1)]
    canvas.ticks(panel.xaxis, places, [_moment(place) for place in places])


def _moment(at_s: float) -> str:
    if at_s < _MINUTE_S or at_s % _MINUTE_S:
        minutes, seconds = divmod(round(at_s), _MINUTE_S)
        return f"{minutes}:{seconds:02} min" if minutes else f"{seconds} s"
    return f"{at_s / _MINUTE_S:g} min"
