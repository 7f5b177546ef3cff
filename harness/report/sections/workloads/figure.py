"""Three small panels for each workload: efficiency, cores used and work per second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.model import Kind
from harness.report.drawing import axes, canvas, theme
from harness.report.numbers.thread_choice import is_number
from harness.report.sections.workloads.numbers import charts
from harness.report.words import formatting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate
    from harness.report.drawing.canvas import Sheet
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


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a figure for each workload that was run at two thread counts or more."""
    shown = charts(analysis)
    # Where the scales end that all workloads of a page share.
    tops = {name: max(1.0, _most(shown, name)) * 1.08 for name in ("efficiency", "cores_used")}
    tops["efficiency"] = min(2.0, tops["efficiency"])
    cores = analysis.manifest.machine.physical_cores
    return {chart.name: _draw(chart, tops, cores=cores) for chart in shown}


def _most(shown: tuple[WorkloadChart, ...], name: str) -> float:
    points = [
        estimate.point
        for chart in shown
        for course in chart.courses
        for _, estimate in _points(course, name)
    ]
    return max(points, default=1.0)


def _points(course: Course, name: str) -> list[tuple[float, Estimate]]:
    """Return the thread counts at which a measure can be drawn, and the measure."""
    estimates = ((float(at.threads), getattr(at, name)) for at in course.points)
    return [(threads, estimate) for threads, estimate in estimates if is_number(estimate)]


def _draw(chart: WorkloadChart, tops: dict[str, float], *, cores: int) -> Sheet:
    columns = 5 if max(len(course.label) for course in chart.courses) <= _SHORT else 4
    top = math.ceil(len(chart.courses) / columns) * _LEGEND_ROW + _TITLE
    sheet = canvas.blank(height=top + _PLOT + _BOTTOM)
    width = (canvas.WIDTH - _LEFT - _RIGHT - (_PANELS - 1) * _GUTTER) / _PANELS
    solid_to = math.inf if chart.workload.kind is Kind.IO else cores
    for place, name in enumerate(chart.measures):
        left = _LEFT + place * (width + _GUTTER)
        panel = canvas.panel(sheet, left=left, bottom=_BOTTOM, width=width, height=_PLOT)
        _scales(panel, chart, name, top=tops.get(name, 0), width=width)
        for course in reversed(chart.courses):
            _course(sheet, panel, course, name, solid_to=solid_to)
        canvas.title(panel, _TITLES[name], pad=6)
    _legend(sheet, chart, columns)
    canvas.say(sheet, "Threads", _LEFT, sheet.height - 8, tint="muted")
    return sheet


def _scales(panel: Axes, chart: WorkloadChart, name: str, *, top: float, width: float) -> None:
    counts = chart.counts
    pad = (math.log2(counts[-1] / counts[0]) or 1) * _PAD
    panel.set_xscale("log", base=2)
    panel.set_xlim(counts[0] / 2**pad, counts[-1] * 2**pad)
    if name == "throughput":
        _rates(panel, chart)
    else:
        panel.set_ylim(0, top)
        step = next((step for step in (0.5, 1, 2, 5, 10, 20, 50) if top / step < 5), 100)  # noqa: PLR2004
        values = [step * place for place in range(int(top / step) + 1)]
        canvas.ticks(panel.yaxis, values, [f"{value:g}" for value in values])
    canvas.frame(panel, grid="y")
    panel.tick_params(axis="y", pad=4)
    named = [n for n in counts if len(counts) <= _DENSE or n.bit_count() == 1 or n == counts[-1]]
    unit = width / (math.log2(counts[-1] / counts[0]) + 2 * pad)
    axes.thread_ticks(panel, counts, unit=unit, room=8, named=named)
    tint = theme.colour("muted")
    if name == "cores_used":
        ideal = [float(count) for count in counts]
        panel.plot(ideal, ideal, color=tint, linewidth=1, linestyle=(0, (2, 3)), zorder=1)
    else:
        panel.axhline(1, color=tint, linewidth=0.8, zorder=1)


def _rates(panel: Axes, chart: WorkloadChart) -> None:
    """Set a logarithmic scale by the points; of a wider interval only a part is seen."""
    courses = chart.courses
    points = [known.point for course in courses for _, known in _points(course, "throughput")]
    low, high = min([*points, 1.0]) / 1.15, max([*points, 1.0]) * 1.15
    panel.set_yscale("log", base=2)
    panel.set_ylim(low, high)
    powers = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    step = -(-len(powers) // 5)
    values = [2.0**power for power in powers if power % step == 0]
    labels = [f"{value:g}×" if value >= 1 else f"1/{1 / value:g}×" for value in values]
    canvas.ticks(panel.yaxis, values, labels)


def _course(sheet: Sheet, panel: Axes, course: Course, name: str, *, solid_to: float) -> None:
    points = _points(course, name)
    if not points:
        return
    tint = theme.role(course.slot)
    xs, estimates = zip(*points, strict=True)
    axes.band(panel, xs, estimates, tint=tint)
    style: dict[str, Any] = {"color": theme.colour(tint), "linestyle": theme.dashes(course.slot)}
    panel.plot(xs, [estimate.point for estimate in estimates], linewidth=1.4, zorder=3, **style)
    size = 3.4 if len(points) > _DENSE else 5.5
    words = f"{course.label}, {_TITLES[name].lower()}: {_numbers(points, name)}"
    for is_filled in (True, False):
        mine = [(x, known.point) for x, known in points if (x <= solid_to) is is_filled]
        if mine:
            look = axes.variant_mark(course.slot, size, is_filled=is_filled)
            (marks,) = panel.plot(
                *zip(*mine, strict=True), markeredgewidth=0 if is_filled else 1.2, **look
            )
            sheet.tip(marks, words)


def _numbers(points: list[tuple[float, Estimate]], name: str) -> str:
    """Return the numbers of a curve; of many the first and the last."""
    show = formatting.factor if name == "throughput" else formatting.amount
    told = points if len(points) <= _MAX_SAID else [points[0], points[-1]]
    return "; ".join(f"{show(estimate).text} at {threads:g}" for threads, estimate in told)


def _legend(sheet: Sheet, chart: WorkloadChart, columns: int) -> None:
    """Name the variants above the panels, so that the figure can stand alone."""
    width = (canvas.WIDTH - 8) / columns
    for place, course in enumerate(chart.courses):
        row, column = divmod(place, columns)
        x, y = 8 + column * width, 9 + row * _LEGEND_ROW
        tint = theme.role(course.slot)
        canvas.key_mark(
            sheet,
            x,
            y,
            marker=theme.marker(course.slot),
            markersize=theme.marker_size(course.slot, 6),
            color=theme.colour(tint),
            markeredgewidth=0,
        )
        name = canvas.elided(course.label, _MAX_LABEL_LENGTH)
        canvas.say(sheet, name, x + 9, y, tint=tint, va="center", fontweight="bold")
