"""The hero: speed-up against threads, both axes to the base of two."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.model import Kind
from harness.report.drawing import axes, canvas, theme
from harness.report.numbers import series
from harness.report.sections.speedup import figure_frame
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Machine
    from harness.report.drawing.canvas import Sheet
    from harness.report.numbers.series import Chart, Line, Point
    from harness.report.sections.speedup.figure_frame import Scale

__all__ = ["draw"]

_MAX_DIRECT = 6
_NARROW = 14
_DENSE = 12
_TOUCHING, _DODGE, _MAX_SPREAD = 5, 8.5, 40
"""Marks nearer than this are set apart by this much, a group never wider than that."""


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a figure for each workload that has a curve, all on one scale."""
    charts, machine = series.charts(analysis), analysis.manifest.machine
    if not charts:
        return {}
    shared = figure_frame.scale(charts, machine)
    return {chart.name: _draw(chart, shared, machine) for chart in charts}


def _draw(chart: Chart, shared: Scale, machine: Machine) -> Sheet:
    is_direct = len(chart.lines) <= _MAX_DIRECT
    right = shared.right if is_direct else _NARROW
    plot = canvas.WIDTH - figure_frame.LEFT - right
    sheet = canvas.sheet(
        height=figure_frame.HEIGHT,
        left=figure_frame.LEFT,
        right=right,
        top=figure_frame.TOP,
        bottom=figure_frame.BOTTOM,
    )
    sheet.axes.set_xscale("log", base=2)
    sheet.axes.set_yscale("log", base=2)
    sheet.axes.set_xlim(shared.threads[0] / shared.edge, shared.threads[-1] * shared.edge)
    sheet.axes.set_ylim(shared.low, shared.high)
    canvas.frame(sheet.axes, grid="y")
    figure_frame.set_ticks(sheet, shared, plot=plot)
    if chart.workload.kind is not Kind.IO:
        figure_frame.zones(sheet, shared, machine, plot=plot)
    ideal = [float(count) for count in shared.threads]
    sheet.axes.plot(ideal, ideal, color=theme.colour("muted"), linewidth=1, linestyle=(0, (2, 3)))
    for line in chart.ceilings:
        _band(sheet, line, tint="muted")
        _ceiling(sheet, line)
    for line in chart.lines:
        _band(sheet, line, tint=theme.role(line.slot))
    shifts = _shifts(chart, shared, plot=plot)
    is_dense = len(shared.threads) > _DENSE or len(chart.lines) > _MAX_DIRECT
    size = 5 if is_dense else 7.5
    # Beyond the cores marks are hollow: threads share them.
    solid_to = math.inf if chart.workload.kind is Kind.IO else machine.physical_cores
    for line in reversed(chart.lines):
        _variant(sheet, line, size=size, solid_to=solid_to, shifts=shifts)
    if is_direct:
        names = figure_frame.direct_labels(chart, shared)
        axes.edge_names(sheet, names, right=right, bottom=figure_frame.BOTTOM)
    canvas.say(sheet, "Speed-up over one thread", 4, 14, tint="muted")
    canvas.say(sheet, "Threads", figure_frame.LEFT, figure_frame.HEIGHT - 10, tint="muted")
    return sheet


def _ceiling(sheet: Sheet, line: Line) -> None:
    xs, ys = _xy(line.points)
    style: dict[str, Any] = {"color": theme.colour("soft"), "linewidth": 1.2}
    sheet.axes.plot(xs, ys, linestyle=(0, (6, 2, 1.5, 2)), zorder=2, **style)
    for point in line.points:
        y = point.speedup.point
        mark = canvas.mark(sheet.axes, point.threads, y, marker="_", markersize=9, **style)
        processes = formatting.count(point.threads, "process")
        sheet.tip(mark, f"Ceiling, {processes}: {formatting.factor(point.speedup).text}")


def _band(sheet: Sheet, line: Line, *, tint: str) -> None:
    bands = [point.band for point in line.points]
    axes.band(sheet.axes, _xy(line.points)[0], bands, tint=tint)


def _shifts(chart: Chart, shared: Scale, *, plot: float) -> dict[tuple[str, int], float]:
    """Return factors that set marks side by side where they would hide one another.

    Only marks move, and only a little; lines and bands stay at the true thread count.
    """
    per_unit = math.log2(shared.high / shared.low) / (
        figure_frame.HEIGHT - figure_frame.TOP - figure_frame.BOTTOM
    )
    span = math.log2(shared.threads[-1] / shared.threads[0]) or 1
    shifts: dict[tuple[str, int], float] = {}
    for count in shared.threads:
        at = sorted(
            (math.log2(point.speedup.point), line.slot, line.label)
            for line in chart.lines
            for point in line.points
            if point.threads == count
        )
        groups: list[list[tuple[int, str]]] = []
        for rank, (height, slot, label) in enumerate(at):
            is_near = rank > 0 and height - at[rank - 1][0] < _TOUCHING * per_unit
            groups[-1].append((slot, label)) if is_near else groups.append([(slot, label)])
        for group in groups:
            step = min(_DODGE, _MAX_SPREAD / max(1, len(group) - 1))
            for rank, (_, label) in enumerate(sorted(group)):
                shift = (rank - (len(group) - 1) / 2) * step
                shifts[label, count] = 2 ** (shift / plot * span)
    return shifts


def _variant(
    sheet: Sheet,
    line: Line,
    *,
    size: float,
    solid_to: float,
    shifts: dict[tuple[str, int], float],
) -> None:
    xs, ys = _xy(line.points)
    tint = theme.colour(theme.role(line.slot))
    dashes = theme.dashes(line.slot)
    sheet.axes.plot(xs, ys, color=tint, linewidth=1.9, linestyle=dashes, zorder=3)
    for point in line.points:
        x = point.threads * shifts.get((line.label, point.threads), 1)
        is_filled = point.threads <= solid_to
        look = axes.variant_mark(line.slot, size, is_filled=is_filled)
        look["markeredgewidth"] = 0.9 if is_filled else 1.5
        if is_filled:
            look["markeredgecolor"] = theme.colour("paper")
        mark = canvas.mark(sheet.axes, x, point.speedup.point, **look)
        threads = formatting.count(point.threads, "thread")
        sheet.tip(mark, f"{line.label}, {threads}: {formatting.factor(point.speedup).text}")


def _xy(points: tuple[Point, ...]) -> tuple[list[float], list[float]]:
    return [float(point.threads) for point in points], [point.speedup.point for point in points]
