"""What several figures draw alike: scales of ratios, intervals, bands, marks, names at an edge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.report.drawing import canvas, theme

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from harness.model import Estimate
    from harness.report.drawing.canvas import Sheet

__all__ = [
    "band",
    "edge_names",
    "interval",
    "limits",
    "ratio_rows",
    "strokes",
    "thread_ticks",
    "variant_mark",
]

_LABEL_GAP = 13


def ratio_rows(
    axes: Axes, ends: tuple[float, float], *, plot: float, values: Iterable[float], digits: str
) -> None:
    """Scale axes for rows of ratios around a line at 1; those of ``values`` in sight are ticks."""
    low, high = ends
    axes.set_xscale("log", base=2)
    axes.set_xlim(low, high)
    axes.set_ylim(plot, 0)
    canvas.frame(axes, grid="x")
    shown = sorted(value for value in values if low <= value <= high)
    canvas.ticks(axes.xaxis, shown, [f"{value:{digits}}×" for value in shown])
    axes.axvline(1, color=theme.colour("muted"), linewidth=1, zorder=1)


def limits(
    estimates: Iterable[Estimate | None], *points: float, margin: float, far: float = 1.5
) -> tuple[float, float]:
    """Return limits set by the points; of a wider interval only a part is seen."""
    known = [each for each in estimates if each and math.isfinite(each.point) and each.point > 0]
    bounds = [bound for each in known for bound in (each.low, each.high) if bound and bound > 0]
    return canvas.reach([*(each.point for each in known), *points], bounds, margin=margin, far=far)


def thread_ticks(
    axes: Axes, counts: Sequence[int], *, unit: float, room: float, named: Container[int]
) -> None:
    """Set a tick at every count, of those ``named`` with a label where there is room.

    ``unit`` is the width of an octave, ``room`` that of a character, both in units.
    """
    labels, last = [], math.inf
    for count in reversed(counts):
        place = math.log2(count) * unit
        fits = count in named and last - place >= room * (1 + len(str(count)))
        labels.append(str(count) if fits else "")
        last = place if fits else last
    canvas.ticks(axes.xaxis, [float(count) for count in counts], labels[::-1])


def interval(
    axes: Axes,
    estimate: Estimate,
    at: float,
    *,
    tint: str,
    within: tuple[float, float] = (-math.inf, math.inf),
    is_upright: bool = False,
    **style: Any,  # noqa: ANN401 - matplotlib's own
) -> None:
    """Draw the part of an interval that lies within these bounds; nothing where there is none."""
    if estimate.low is None or estimate.high is None:
        return
    ends = [max(estimate.low, within[0]), min(estimate.high, within[1])]
    xs, ys = ([at, at], ends) if is_upright else (ends, [at, at])
    axes.plot(xs, ys, color=theme.colour(tint), **style)


def band(axes: Axes, places: Iterable[float], estimates: Iterable[Estimate], *, tint: str) -> None:
    """Shade between the intervals of a curve, where two of its points or more have one."""
    known = [
        (place, estimate.low, estimate.high)
        for place, estimate in zip(places, estimates, strict=True)
        if estimate.low is not None and estimate.high is not None
    ]
    if len(known) > 1:
        xs, lows, highs = zip(*known, strict=True)
        axes.fill_between(
            xs, lows, highs, color=theme.colour(tint), alpha=0.16, linewidth=0, zorder=2
        )


def strokes(
    axes: Axes,
    ends: Iterable[tuple[float, float, float, float]],
    **style: Any,  # noqa: ANN401 - matplotlib's own
) -> Line2D:
    """Draw lines from ``x, y`` to ``x, y``, all in one path: a tenth of the size."""
    xs, ys = [], []
    for left, start, right, stop in ends:
        xs += [left, right, math.nan]
        ys += [start, stop, math.nan]
    return axes.plot(xs, ys, **style)[0]


def variant_mark(slot: int, size: float, *, is_filled: bool = True) -> dict[str, Any]:
    """Return how the mark of a variant is drawn: on top of its line, hollow if not filled."""
    shade = theme.colour(theme.role(slot))
    return {
        "marker": theme.marker(slot),
        "markersize": theme.marker_size(slot, size),
        "markerfacecolor": shade if is_filled else theme.colour("paper"),
        "markeredgecolor": shade,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 4,
    }


def edge_names(
    sheet: Sheet, names: Iterable[tuple[str, str, float]], *, right: float, bottom: float
) -> None:
    """Write names beside the right edge of the axes, moved apart where they crowd.

    Each has its text, its tint and its height above the axes' ``bottom``, in units.
    """
    names = tuple(names)
    places = canvas.spread([height for *_, height in names], gap=_LABEL_GAP)
    for (name, tint, _), place in zip(names, places, strict=True):
        canvas.say(
            sheet,
            name,
            sheet.width - right + 6,
            sheet.height - place - bottom,
            tint=tint,
            va="center",
            fontsize=11,
            fontweight="normal" if tint in ("muted", "soft") else "bold",
        )
