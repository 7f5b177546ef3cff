"""The hero: speed-up against threads, both axes to the base of two."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.model import Kind
from harness.report.drawing import canvas, theme
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
    """Return the figure of one workload."""
    is_direct = len(chart.lines) <= _MAX_DIRECT
    right = shared.right if is_direct else _NARROW
    sheet = canvas.sheet(
        height=figure_frame.HEIGHT,
        left=figure_frame.LEFT,
        right=right,
        top=figure_frame.TOP,
        bottom=figure_frame.BOTTOM,
    )
    axes = sheet.axes
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xlim(shared.threads[0] / shared.edge, shared.threads[-1] * shared.edge)
    axes.set_ylim(shared.low, shared.high)
    canvas.frame(axes, grid="y")
    figure_frame.set_ticks(sheet, shared, right)
    if chart.workload.kind is not Kind.IO:
        figure_frame.zones(sheet, shared, machine, plot=canvas.WIDTH - figure_frame.LEFT - right)
    ideal = [float(count) for count in shared.threads]
    axes.plot(ideal, ideal, color=theme.colour("muted"), linewidth=1, linestyle=(0, (2, 3)))
    for line in chart.ceilings:
        _band(sheet, line, tint="muted")
        _ceiling(sheet, line)
    for line in chart.lines:
        _band(sheet, line, tint=theme.role(line.slot))
    shifts = _shifts(chart, shared, plot=canvas.WIDTH - figure_frame.LEFT - right)
    is_dense = len(shared.threads) > _DENSE or len(chart.lines) > _MAX_DIRECT
    size = 5 if is_dense else 7.5
    for line in reversed(chart.lines):
        _variant(sheet, line, size=size, solid_to=_solid_to(chart, machine), shifts=shifts)
    if is_direct:
        figure_frame.direct_labels(sheet, chart, shared)
    figure_frame.titles(sheet)
    return sheet


def _solid_to(chart: Chart, machine: Machine) -> float:
    """Return the thread count up to which marks are solid: beyond it cores are shared."""
    return math.inf if chart.workload.kind is Kind.IO else machine.physical_cores


def _ceiling(sheet: Sheet, line: Line) -> None:
    xs, ys = _xy(line.points)
    style: dict[str, Any] = {"color": theme.colour("soft"), "linewidth": 1.2}
    sheet.axes.plot(xs, ys, linestyle=(0, (6, 2, 1.5, 2)), zorder=2, **style)
    for point in line.points:
        mark = canvas.mark(
            sheet.axes,
            point.threads,
            point.speedup.point,
            marker="_",
            markersize=9,
            **style,
        )
        processes = formatting.count(point.threads, "process")
        words = f"Ceiling, {processes}: {formatting.factor(point.speedup).text}"
        sheet.tip(mark, words)


def _band(sheet: Sheet, line: Line, *, tint: str) -> None:
    known = [
        (point.threads, point.band.low, point.band.high)
        for point in line.points
        if point.band.low is not None and point.band.high is not None
    ]
    if len(known) > 1:
        xs, lows, highs = zip(*known, strict=True)
        shade = theme.colour(tint)
        sheet.axes.fill_between(xs, lows, highs, color=shade, alpha=0.16, linewidth=0, zorder=2)


def _shifts(chart: Chart, shared: Scale, *, plot: float) -> dict[tuple[str, int], float]:
    """Return factors that set marks side by side where they would hide one another.

    Only marks move, and only a little; lines and bands stay at the true thread count.
    """
    per_unit = math.log2(shared.high / shared.low) / (
        figure_frame.HEIGHT - figure_frame.TOP - figure_frame.BOTTOM
    )
    span = math.log2(shared.threads[-1] / shared.threads[0]) or 1
    found: dict[tuple[str, int], float] = {}
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
                found[label, count] = 2 ** (shift / plot * span)
    return found


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
        mark = canvas.mark(
            sheet.axes,
            point.threads * shifts.get((line.label, point.threads), 1),
            point.speedup.point,
            marker=theme.marker(line.slot),
            markersize=theme.marker_size(line.slot, size),
            markerfacecolor=tint if point.threads <= solid_to else theme.colour("paper"),
            markeredgecolor=tint if point.threads > solid_to else theme.colour("paper"),
            markeredgewidth=1.5 if point.threads > solid_to else 0.9,
            linestyle="none",
            clip_on=False,
            zorder=4,
        )
        threads = formatting.count(point.threads, "thread")
        sheet.tip(mark, f"{line.label}, {threads}: {formatting.factor(point.speedup).text}")


def _xy(points: tuple[Point, ...]) -> tuple[list[float], list[float]]:
    return [float(point.threads) for point in points], [point.speedup.point for point in points]
