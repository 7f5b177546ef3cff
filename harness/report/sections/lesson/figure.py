"""The lesson replayed: the same work one after another and with threads, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.drawing import axes, canvas, theme
from harness.report.sections.lesson.words import charts
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.report.drawing.canvas import Sheet
    from harness.report.numbers.series import Contrast

__all__ = ["draw"]

_LEFT, _TOP, _BOTTOM = 92, 12, 12
_CHARACTER = 8.2
"""What a character of a bar's number needs, in units, where a narrow window enlarges text."""
_ROW, _BAR = 54, 15
_MAX_LABEL_LENGTH = 10


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a figure for each workload that was run both ways."""
    return {chart.name: _draw(chart.contrasts) for chart in charts(analysis)}


def _draw(contrasts: tuple[Contrast, ...]) -> Sheet:
    """Return two bars per variant, each with its time, and the speed-up beside its name."""
    plot = len(contrasts) * _ROW
    cells = [cell for item in contrasts for cell in (item.serial, item.threaded)]
    longest = max(len(formatting.seconds(cell.time_s).value) for cell in cells)
    sheet = canvas.sheet(
        height=plot + _TOP + _BOTTOM,
        left=_LEFT,
        right=8 + min(longest * _CHARACTER, canvas.WIDTH / 3),
        top=_TOP,
        bottom=_BOTTOM,
    )
    sheet.axes.set_xlim(0, max(cell.time_s.point for cell in cells) * 1.02)
    sheet.axes.set_ylim(plot, 0)
    canvas.frame(sheet.axes, grid="x")
    canvas.ticks(sheet.axes.xaxis, [], [])
    canvas.ticks(sheet.axes.yaxis, [], [])
    sheet.axes.axvline(0, color=theme.colour("line"), linewidth=1)
    for rank, item in enumerate(contrasts):
        middle = rank * _ROW + _ROW / 2
        _bar(sheet, item.serial, at=middle - 9, tint="muted", is_filled=False, label=item.label)
        tint = theme.role(item.slot)
        _bar(sheet, item.threaded, at=middle + 9, tint=tint, is_filled=True, label=item.label)
        _name(sheet, item, middle)
    return sheet


def _bar(
    sheet: Sheet, cell: CellResult, *, at: float, tint: str, is_filled: bool, label: str
) -> None:
    shade = theme.colour(tint)
    width = cell.time_s.point
    sheet.axes.barh(
        at,
        width,
        height=_BAR,
        color=shade if is_filled else theme.colour("zone"),
        edgecolor=shade,
        linewidth=0 if is_filled else 0.8,
    )
    axes.interval(sheet.axes, cell.time_s, at, tint="ink", linewidth=1.3)
    how = f"with {formatting.count(cell.threads, 'thread')}" if is_filled else "one after another"
    # An invisible mark carries the tooltip: it is easier to hit than the range.
    (mark,) = sheet.axes.plot([width], [at], marker="s", markersize=_BAR, alpha=0, linestyle="none")
    sheet.tip(mark, f"{label}, {how}: {formatting.seconds(cell.time_s).text}")
    right = max(width, min(cell.time_s.high or width, sheet.axes.get_xlim()[1]))
    sheet.axes.annotate(
        formatting.seconds(cell.time_s).value,
        (right, at),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=canvas.SMALL,
        color=theme.colour("ink" if is_filled else "muted"),
        annotation_clip=False,
    )


def _name(sheet: Sheet, item: Contrast, middle: float) -> None:
    lines = (
        (canvas.elided(item.label, _MAX_LABEL_LENGTH), -7, "bold", theme.role(item.slot)),
        (formatting.factor(item.speedup).value, 8, "normal", "ink"),
    )
    for words, shift, weight, tint in lines:
        style = {"va": "center", "fontsize": 11, "fontweight": weight}
        canvas.say(sheet, words, 4, _TOP + middle + shift, tint=tint, **style)
