"""Forest plot of the three-way split: ratios of times around 1, band of no matter drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.drawing import canvas, theme
from harness.report.sections.gil_cost.numbers import MAX_ROWS, halves, pairs, run_of
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Split
    from harness.model import Estimate
    from harness.report.drawing.canvas import Sheet
    from harness.report.sections.gil_cost.numbers import Pair

__all__ = ["draw"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 62, 34, 30
_ROW, _GROUP = 34, 22
_DODGE = 9
_TICKS = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.75, 1, 1.5, 2, 3, 4, 8, 16, 32, 64)

_NAMES = {"tax": "before removal", "removal": "GIL removal", "net": "net"}
_PARTS = (("tax", "s", "soft", 6.5), ("removal", "o", "soft", 7.0), ("net", "D", "accent", 7.5))


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return a forest plot for each pair of builds, or two for one with many rows."""
    return {
        half.name: _draw(half, whole=pair, threshold=analysis.threshold)
        for pair in pairs(analysis)
        for half in halves(pair)
    }


def _draw(pair: Pair, *, whole: Pair, threshold: float) -> Sheet:
    """Return the forest plot of a pair of builds, or of a part of it, on the scale of ``whole``.

    Changes up to ``threshold`` are shaded.
    """
    everything = _plotted(whole)
    splits = tuple(split for split in everything if split in pair.splits) or pair.splits
    groups = len({split.workload for split in splits})
    plot = len(splits) * _ROW + groups * _GROUP
    sheet = canvas.sheet(
        height=plot + _TOP + _BOTTOM,
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=_BOTTOM,
    )
    axes = sheet.axes
    low, high = _limits(everything)
    axes.set_xscale("log", base=2)
    axes.set_xlim(low, high)
    axes.set_ylim(plot, 0)
    canvas.frame(axes, grid="x")
    shown = [value for value in _TICKS if low <= value <= high]
    canvas.ticks(axes.xaxis, shown, [f"{value:.3g}×" for value in shown])
    practical = 1 / (1 + threshold), 1 + threshold
    axes.axvspan(*practical, color=theme.colour("zone"), linewidth=0, zorder=0)
    axes.axvline(1, color=theme.colour("muted"), linewidth=1, zorder=1)
    _rows(sheet, splits)
    _key(sheet, "difference" if pair.differences else "tax")
    return sheet


def _plotted(pair: Pair) -> tuple[Split, ...]:
    """Return the rows to draw: of many thread counts the powers of two; the table has all."""
    if len(pair.splits) <= MAX_ROWS:
        return pair.splits
    powers = tuple(split for split in pair.splits if split.threads.bit_count() == 1)
    return (powers or pair.splits)[: 6 * MAX_ROWS]


def _limits(splits: tuple[Split, ...]) -> tuple[float, float]:
    """Return limits set by the points; of a wider interval only a part is seen."""
    estimates = [getattr(split, name) for split in splits for name, *_ in _PARTS]
    points = [each.point for each in estimates if each is not None and each.point > 0]
    bounds = [
        bound for each in estimates if each is not None for bound in (each.low, each.high) if bound
    ]
    return canvas.reach([*points, 0.8, 1.25], bounds, margin=1.1)


def _rows(sheet: Sheet, splits: tuple[Split, ...]) -> None:
    place, previous, labels = 0.0, None, []
    for split in splits:
        if split.workload != previous:
            previous = split.workload
            sheet.figure.text(
                4 / canvas.WIDTH,
                1 - (_TOP + place + _GROUP - 6) / sheet.height,
                canvas.elided(split.workload, 40),
                fontsize=11,
                fontweight="bold",
                color=theme.colour("ink"),
            )
            place += _GROUP
        middle = place + _ROW / 2
        labels.append((middle, run_of(split)))
        for rank, (name, shape, tint, size) in enumerate(_PARTS):
            estimate: Estimate | None = getattr(split, name)
            if estimate is not None:
                at = middle + (rank - 1) * _DODGE
                words = f"{split.workload}, {labels[-1][1]}, {_NAMES[name]}"
                _mark(sheet, estimate, at=at, shape=shape, tint=tint, size=size, words=words)
        _net(sheet, split, middle)
        place += _ROW
    canvas.ticks(sheet.axes.yaxis, [at for at, _ in labels], [words for _, words in labels])


def _net(sheet: Sheet, split: Split, middle: float) -> None:
    """Write the net effect at the end of its row."""
    sheet.figure.text(
        1 - 4 / canvas.WIDTH,
        1 - (_TOP + middle) / sheet.height,
        formatting.change(split.net).value,
        ha="right",
        va="center",
        fontsize=11,
        fontweight="bold",
        color=theme.colour("accent"),
    )


def _mark(  # noqa: PLR0913 - a mark is a place, a shape and its words
    sheet: Sheet,
    estimate: Estimate,
    *,
    at: float,
    shape: str,
    tint: str,
    size: float,
    words: str,
) -> None:
    shade = theme.colour(tint)
    if estimate.low is not None and estimate.high is not None:
        bounds = [max(estimate.low, 1e-6), estimate.high]
        sheet.axes.plot(bounds, [at, at], color=shade, linewidth=1.6, solid_capstyle="butt")
    is_net = shape == "D"
    (mark,) = sheet.axes.plot(
        [estimate.point],
        [at],
        marker=shape,
        markersize=size,
        color=shade,
        linestyle="none",
        markerfacecolor=shade if is_net else theme.colour("paper"),
        markeredgewidth=1.4,
        zorder=4,
    )
    shown = f"{formatting.factor(estimate).text}, {formatting.change(estimate).text}"
    sheet.tip(mark, f"{words}: {shown}")


def _key(sheet: Sheet, first: str) -> None:
    """Name the three marks once, above the rows."""
    names = {"tax": first, "removal": "GIL removal", "net": "net"}
    place = float(_LEFT)
    for name, shape, tint, size in _PARTS:
        y = 1 - 12 / sheet.height
        shade = theme.colour(tint)
        face = shade if name == "net" else theme.colour("paper")
        canvas.key_mark(
            sheet,
            place,
            12,
            marker=shape,
            markersize=size,
            color=shade,
            markerfacecolor=face,
            markeredgewidth=1.4,
        )
        sheet.figure.text(
            (place + 8) / canvas.WIDTH,
            y,
            names[name],
            va="center",
            fontsize=canvas.SMALL,
            color=theme.colour("soft"),
        )
        place += 8 + 18 + 7.4 * len(names[name])
