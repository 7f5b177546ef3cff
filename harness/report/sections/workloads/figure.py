"""Three small panels for each workload: efficiency, cores used and work per second."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from harness.model import Kind
from harness.report.drawing import canvas, theme
from harness.report.drawing.canvas import Sheet
from harness.report.numbers.thread_choice import is_number
from harness.report.sections.workloads.numbers import charts
from harness.report.words import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate
    from harness.report.sections.workloads.numbers import Course, WorkloadChart

__all__ = ["draw"]

_LEFT, _RIGHT, _GUTTER = 34, 12, 42
_PLOT, _TITLE, _BOTTOM = 128, 24, 40
_LEGEND_ROW = 17
_PANELS = 3
_TITLES = {
    "efficiency": "Efficiency",
    "cores_used": "Cores used",
    "throughput": "Work per second",
}
_SHORT, _MAX_LABEL_LENGTH = 8, 12
_DENSE = 10
_MAX_SAID = 5
_PAD = 0.12
"""Of the axis of threads, left free at both ends; of a single octave as a part of it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Tops:
    """Where the scales end that all workloads of a page share."""

    efficiency: float
    cores_used: float


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a figure for each workload that was run at two thread counts or more."""
    found = charts(analysis)
    tops = _Tops(
        efficiency=min(2.0, max(1.0, _most(found, "efficiency")) * 1.08),
        cores_used=max(1.0, _most(found, "cores_used")) * 1.08,
    )
    cores = analysis.manifest.machine.physical_cores
    return {one.name: _draw(one, tops, cores=cores) for one in found}


def _most(found: tuple[WorkloadChart, ...], name: str) -> float:
    points = [
        estimate.point
        for one in found
        for course in one.courses
        for at in course.points
        if (estimate := _estimate(at, name)) is not None
    ]
    return max(points, default=1.0)


def _estimate(at: object, name: str) -> Estimate | None:
    """Return one of the measures, where it can be drawn."""
    estimate: Estimate | None = getattr(at, name)
    return estimate if is_number(estimate) else None


def _draw(one: WorkloadChart, tops: _Tops, *, cores: int) -> Sheet:
    columns = 5 if max(len(course.label) for course in one.courses) <= _SHORT else 4
    top = math.ceil(len(one.courses) / columns) * _LEGEND_ROW + _TITLE
    height = top + _PLOT + _BOTTOM
    figure = canvas.blank(height=height)
    width = (canvas.WIDTH - _LEFT - _RIGHT - (_PANELS - 1) * _GUTTER) / _PANELS
    panels = []
    for place in range(len(one.measures)):
        left = _LEFT + place * (width + _GUTTER)
        box = (left / canvas.WIDTH, _BOTTOM / height, width / canvas.WIDTH, _PLOT / height)
        panels.append(figure.add_axes(box))
    sheet = Sheet(figure=figure, axes=panels[0], height=height, tips={})
    solid_to = math.inf if one.workload.kind is Kind.IO else cores
    for axes, name in zip(panels, one.measures, strict=True):
        _scales(axes, one, name, tops, width=width)
        for course in reversed(one.courses):
            _course(sheet, axes, course, name, solid_to=solid_to)
        axes.set_title(
            _TITLES[name], loc="left", fontsize=canvas.SMALL, color=theme.colour("soft"), pad=6
        )
    _legend(sheet, one, columns)
    style: dict[str, Any] = {"fontsize": canvas.SMALL, "color": theme.colour("muted")}
    figure.text(_LEFT / canvas.WIDTH, 8 / height, "Threads", **style)
    return sheet


def _scales(axes: Axes, one: WorkloadChart, name: str, tops: _Tops, *, width: float) -> None:
    counts = one.counts
    pad = (math.log2(counts[-1] / counts[0]) or 1) * _PAD
    axes.set_xscale("log", base=2)
    axes.set_xlim(counts[0] / 2**pad, counts[-1] * 2**pad)
    if name == "throughput":
        _rates(axes, one)
    else:
        most = tops.efficiency if name == "efficiency" else tops.cores_used
        axes.set_ylim(0, most)
        step = next((one for one in (0.5, 1, 2, 5, 10, 20, 50) if most / one < 5), 100)  # noqa: PLR2004
        values = [step * place for place in range(int(most / step) + 1)]
        canvas.ticks(axes.yaxis, values, [f"{value:g}" for value in values])
    canvas.frame(axes, grid="y")
    axes.tick_params(axis="y", pad=4)
    _threads(axes, counts, unit=width / (math.log2(counts[-1] / counts[0]) + 2 * pad))
    tint = theme.colour("muted")
    if name == "cores_used":
        ideal = [float(count) for count in counts]
        axes.plot(ideal, ideal, color=tint, linewidth=1, linestyle=(0, (2, 3)), zorder=1)
    else:
        axes.axhline(1, color=tint, linewidth=0.8, zorder=1)


def _rates(axes: Axes, one: WorkloadChart) -> None:
    """Set a logarithmic scale by the points; of a wider interval only a part is seen."""
    points = [
        estimate.point
        for course in one.courses
        for at in course.points
        if (estimate := _estimate(at, "throughput")) is not None
    ]
    low, high = min([*points, 1.0]) / 1.15, max([*points, 1.0]) * 1.15
    axes.set_yscale("log", base=2)
    axes.set_ylim(low, high)
    powers = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    step = -(-len(powers) // 5)
    values = [2.0**power for power in powers if power % step == 0]
    canvas.ticks(axes.yaxis, values, [_multiple(value) for value in values])


def _multiple(value: float) -> str:
    """Return a power of two as a factor: ``4×``, ``1/4×``."""
    return f"{value:g}×" if value >= 1 else f"1/{1 / value:g}×"


def _threads(axes: Axes, counts: tuple[int, ...], *, unit: float) -> None:
    """Name every thread count that there is room for, the highest always."""
    labels, last = [], math.inf
    for count in reversed(counts):
        place = math.log2(count) * unit
        is_round = len(counts) <= _DENSE or count.bit_count() == 1 or count == counts[-1]
        fits = is_round and last - place >= 8 + 8 * len(str(count))
        labels.append(str(count) if fits else "")
        last = place if fits else last
    canvas.ticks(axes.xaxis, [float(count) for count in counts], labels[::-1])


def _course(sheet: Sheet, axes: Axes, course: Course, name: str, *, solid_to: float) -> None:
    points = [
        (float(at.threads), estimate)
        for at in course.points
        if (estimate := _estimate(at, name)) is not None
    ]
    if not points:
        return
    shade = theme.colour(theme.role(course.slot))
    bounds = [
        (threads, one.low, one.high)
        for threads, one in points
        if one.low is not None and one.high is not None
    ]
    if len(bounds) > 1:
        xs, lows, highs = zip(*bounds, strict=True)
        axes.fill_between(xs, lows, highs, color=shade, alpha=0.16, linewidth=0, zorder=2)
    xs_all, ys = [threads for threads, _ in points], [one.point for _, one in points]
    dashes = theme.dashes(course.slot)
    axes.plot(xs_all, ys, color=shade, linewidth=1.4, linestyle=dashes, zorder=3)
    size = 3.4 if len(points) > _DENSE else 5.5
    words = f"{course.label}, {_TITLES[name].lower()}: {_said(points, name)}"
    for is_solid in (True, False):
        mine = [one for one in points if (one[0] <= solid_to) is is_solid]
        if mine:
            (marks,) = axes.plot(
                [threads for threads, _ in mine],
                [one.point for _, one in mine],
                marker=theme.marker(course.slot),
                markersize=theme.marker_size(course.slot, size),
                markerfacecolor=shade if is_solid else theme.colour("paper"),
                markeredgecolor=shade,
                markeredgewidth=0 if is_solid else 1.2,
                linestyle="none",
                clip_on=False,
                zorder=4,
            )
            sheet.tip(marks, words)


def _said(points: list[tuple[float, Estimate]], name: str) -> str:
    """Return the numbers of a curve; of many the first and the last."""
    show = formatting.factor if name == "throughput" else formatting.amount
    told = points if len(points) <= _MAX_SAID else [points[0], points[-1]]
    return "; ".join(f"{show(one).text} at {threads:g}" for threads, one in told)


def _legend(sheet: Sheet, one: WorkloadChart, columns: int) -> None:
    """Name the variants above the panels, so that the figure can stand alone."""
    width = (canvas.WIDTH - 8) / columns
    for place, course in enumerate(one.courses):
        row, column = divmod(place, columns)
        x, y = 8 + column * width, 9 + row * _LEGEND_ROW
        shade = theme.colour(theme.role(course.slot))
        canvas.key_mark(
            sheet,
            x,
            y,
            marker=theme.marker(course.slot),
            markersize=theme.marker_size(course.slot, 6),
            color=shade,
            markeredgewidth=0,
        )
        sheet.figure.text(
            (x + 9) / canvas.WIDTH,
            1 - y / sheet.height,
            canvas.elided(course.label, _MAX_LABEL_LENGTH),
            va="center",
            fontsize=canvas.SMALL,
            fontweight="bold",
            color=shade,
        )
