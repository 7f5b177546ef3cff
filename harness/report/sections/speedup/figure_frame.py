"""What surrounds the curves: shared scale, ticks, shaded zones, names beside the lines."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from harness.report.drawing import axes, canvas, theme
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Machine
    from harness.report.drawing.canvas import Sheet
    from harness.report.numbers.series import Chart

__all__ = [
    "BOTTOM",
    "HEIGHT",
    "LEFT",
    "TOP",
    "Scale",
    "direct_labels",
    "scale",
    "set_ticks",
    "zones",
]

HEIGHT = 372
LEFT, TOP, BOTTOM = 40, 40, 44
_MAX_LABEL_LENGTH = 12
_CHARACTER = 5.6
"""Typical advance of one character of small text, in units."""

_WIDE_RANGE = 6
_PAD = 16
"""Units left free beside the first and the last thread count, for marks set side by side."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scale:
    """What all speed-up figures of a page share, so that they can be compared by eye."""

    threads: tuple[int, ...]
    edge: float
    """Factor by which the axis of threads goes beyond the first and the last count."""
    low: float
    high: float
    right: float
    """Margin for the names beside the lines, in units."""


def scale(charts: tuple[Chart, ...], machine: Machine) -> Scale:
    """Return one scale for all charts, set by points and not by the width of intervals."""
    lines = [line for chart in charts for line in (*chart.lines, *chart.ceilings)]
    points = [point for line in lines for point in line.points]
    heights = [point.speedup.point for point in points if point.speedup.point > 0]
    counts = tuple(sorted({point.threads for point in points}))
    reach = max(*heights, min(counts[-1], machine.physical_cores), 1.5)
    high, lowest = reach * 1.18, min(*heights, 1.0)
    # Room at the bottom for the names of the zones, whatever the range.
    low = lowest / (high / lowest) ** 0.13
    span = math.log2(counts[-1] / counts[0])
    right = canvas.label_room((line.label for line in lines), _MAX_LABEL_LENGTH)
    edge = 2 ** (span * _PAD / (canvas.WIDTH - LEFT - right - 2 * _PAD))
    return Scale(threads=counts, edge=edge, low=low, high=high, right=right)


def set_ticks(sheet: Sheet, shared: Scale, *, plot: float) -> None:
    """Set a tick at every measured count, labelled where there is room, and speed-ups."""
    unit = plot / (math.log2(shared.threads[-1] / shared.threads[0]) or 1)
    axes.thread_ticks(sheet.axes, shared.threads, unit=unit, room=7, named=shared.threads)
    powers = [2.0**power for power in range(-12, 13)]
    if shared.high / shared.low < _WIDE_RANGE:
        powers += [0.75, 1.5, 3.0]
    shown = sorted(value for value in powers if shared.low <= value <= shared.high)
    canvas.ticks(sheet.axes.yaxis, shown, [f"{value:g}×" for value in shown])
    sheet.axes.axhline(1, color=theme.colour("muted"), linewidth=0.8, zorder=1)


def zones(sheet: Sheet, shared: Scale, machine: Machine, *, plot: float) -> None:
    """Shade where threads share a core, and where there are more threads than CPUs."""
    cores, usable = machine.physical_cores, machine.usable_cpus
    end, start = shared.threads[-1] * shared.edge, shared.threads[0] / shared.edge
    unit = plot / math.log2(end / start)
    style: dict[str, Any] = {"fontsize": canvas.SMALL, "color": theme.colour("muted")}
    zones = [
        (cores, min(usable, end), 0.55, ("two threads per core", "SMT")),
        (usable, end, 1.0, ("more threads than CPUs", "> CPUs")),
    ]
    for low, high, alpha, names in zones:
        if not start <= low < min(high, shared.threads[-1]):
            continue
        zone = theme.colour("zone")
        sheet.axes.axvspan(low, high, color=zone, alpha=alpha, linewidth=0, zorder=0)
        room = math.log2(high / low) * unit
        name = next((name for name in names if len(name) * _CHARACTER < room), "")
        x, y = math.sqrt(low * high), shared.low * 1.04
        sheet.axes.text(x, y, name, ha="center", va="bottom", **style)
    if start <= cores <= end:
        sheet.axes.axvline(cores, color=theme.colour("line"), linewidth=1.2, zorder=1)
        sheet.axes.annotate(
            formatting.count(cores, "physical core"),
            (cores, shared.high),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right" if cores > shared.threads[0] else "left",
            va="bottom",
            **style,
        )


def direct_labels(chart: Chart, shared: Scale) -> Iterator[tuple[str, str, float]]:
    """Yield the lines that reach the right edge, with their tint and their height there."""
    last = shared.threads[-1]
    # Where lines end together, the first variant is above the second.
    lines = [
        (canvas.elided(line.label, _MAX_LABEL_LENGTH), theme.role(line.slot), line)
        for line in reversed(chart.lines)
    ]
    lines += [("ceiling", "soft", line) for line in chart.ceilings]
    ends = [(label, tint, line.points[-1]) for label, tint, line in lines]
    heights = [(label, tint, end.speedup.point) for label, tint, end in ends if end.threads == last]
    heights += [("ideal", "muted", float(last))] if last <= shared.high else []
    plot, span = HEIGHT - TOP - BOTTOM, math.log2(shared.high / shared.low)
    for label, tint, height in heights:
        yield label, tint, math.log2(height / shared.low) / span * plot
