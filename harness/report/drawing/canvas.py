"""A sheet to draw on: sizes in the page's units, axes without clutter, labels that fit."""

from __future__ import annotations

import dataclasses
import itertools
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from harness.report.drawing import theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from harness.report.drawing.svg import Tip

__all__ = [
    "SMALL",
    "WIDTH",
    "Sheet",
    "below",
    "blank",
    "elided",
    "frame",
    "key_mark",
    "label_room",
    "label_width",
    "mark",
    "panel",
    "reach",
    "say",
    "sheet",
    "spread",
    "style",
    "ticks",
    "title",
]

WIDTH = 440
"""Usual width of a figure in SVG units: a figure half a page wide keeps its text readable."""

SMALL = 10
_FAR = 1.5
"""The factor by which intervals may stretch a scale of ratios beyond its points."""
_BROAD, _MIDDLING = frozenset("MWm@%…\ufffd"), frozenset("w<>+=~#^{}")
_MIN_ROOM, _ENLARGED = 84.0, 9.1
_POINTS_PER_INCH = 72


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sheet:
    """A figure under construction, its size in units, and the tooltips given so far."""

    figure: Figure
    height: float
    width: float
    tips: dict[str, Tip] = dataclasses.field(default_factory=dict)

    @property
    def axes(self) -> Axes:
        """Return the first axes of the figure."""
        return self.figure.axes[0]

    def tip(self, artist: Artist, words: Tip) -> None:
        """Give an artist a native tooltip, or each of its marks one of several."""
        name = f"tip-{len(self.tips)}"
        artist.set_gid(name)
        self.tips[name] = words


def style() -> AbstractContextManager[None]:
    """Return the settings that every figure is drawn and saved under, for as long as it is open."""
    # "default" first: a reader's own matplotlibrc must not change a published page.
    return matplotlib.style.context(["default", theme.style_context()])


def blank(*, height: float, width: float = WIDTH) -> Sheet:
    """Return a sheet without any axes; a unit is a point."""
    size = (width / _POINTS_PER_INCH, height / _POINTS_PER_INCH)
    return Sheet(figure=Figure(figsize=size, dpi=_POINTS_PER_INCH), height=height, width=width)


def sheet(
    *, height: float, left: float, right: float, top: float, bottom: float, width: float = WIDTH
) -> Sheet:
    """Return a sheet with one pair of axes inside these margins, in units."""
    made = blank(height=height, width=width)
    size = {"width": width - left - right, "height": height - top - bottom}
    panel(made, left=left, bottom=bottom, **size)
    return made


def panel(sheet: Sheet, *, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes of this size, in units from the left and the lower edge of the sheet."""
    return _add(sheet, left, bottom / sheet.height, (width, height))


def below(sheet: Sheet, *, top: float, height: float, left: float, right: float) -> Axes:
    """Add axes of this height to a sheet, ``top`` units from its upper edge."""
    bottom = 1 - (top + height) / sheet.height
    return _add(sheet, left, bottom, (sheet.width - left - right, height))


def _add(sheet: Sheet, left: float, bottom: float, size: tuple[float, float]) -> Axes:
    width, height = size[0] / sheet.width, size[1] / sheet.height
    return sheet.figure.add_axes((left / sheet.width, bottom, width, height))


def say(sheet: Sheet, words: str, x: float, y: float, *, tint: str, **style: Any) -> None:  # noqa: ANN401 - matplotlib's own
    """Write words, their baseline ``y`` units from the upper edge, in small text by default."""
    look: dict[str, Any] = {"fontsize": SMALL, "color": theme.colour(tint), **style}
    sheet.figure.text(x / sheet.width, 1 - y / sheet.height, words, **look)


def frame(axes: Axes, *, grid: str) -> None:
    """Leave nothing of the frame but a quiet grid along one axis."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.grid(visible=True, axis=grid, color=theme.colour("line"), linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, labelsize=SMALL)


def title(axes: Axes, words: str, *, pad: float | None = None) -> None:
    """Write a title above the left edge of axes."""
    axes.set_title(words, loc="left", fontsize=SMALL, color=theme.colour("soft"), pad=pad)


def ticks(axis: Axis, values: list[float], labels: list[str]) -> None:
    """Set these ticks and no others."""
    axis.set_major_locator(FixedLocator(values))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def mark(axes: Axes, x: float, y: float, **style: Any) -> Line2D:  # noqa: ANN401 - of Line2D
    """Return a mark put at a point: as ``axes.plot`` does, in half the time; limits stay."""
    line = Line2D([x], [y], **style)
    axes.add_artist(line)
    return line


def key_mark(sheet: Sheet, x: float, y: float, **style: Any) -> None:  # noqa: ANN401 - matplotlib's own
    """Put a mark on the sheet itself, ``x`` and ``y`` units from its left and upper edge."""
    sheet.axes.plot(
        [x / sheet.width],
        [1 - y / sheet.height],
        linestyle="none",
        transform=sheet.figure.transFigure,
        clip_on=False,
        **style,
    )


def reach(
    points: Sequence[float], bounds: Sequence[float], *, margin: float, far: float = _FAR
) -> tuple[float, float]:
    """Return limits of a scale of ratios: set by the points; of a wider interval a part is seen.

    Intervals stretch it by the factor ``far`` at most; ``margin`` is the room beyond them.
    """
    low, high = min(points), max(points)
    return (
        max(min([*bounds, low]), low / far) / margin,
        min(max([*bounds, high]), high * far) * margin,
    )


def elided(label: str, longest: int) -> str:
    """Return the label on one line, its middle left out when it is too long for a figure.

    ``longest`` is in characters of usual width.
    """
    line = " ".join(label.split())
    if _width(line) <= longest:
        return line
    room = (longest - _width_of("…")) / 2
    return f"{_start(line, room + 0.5)}…{_start(line[::-1], room - 0.5)[::-1]}"


def _start(line: str, room: float) -> str:
    """Return as much of the line as has room, and one character at least."""
    widths = itertools.accumulate(map(_width_of, line))
    kept = sum(width <= room for width in widths)
    return line[: max(kept, 1)]


def label_room(labels: Iterable[str], longest: int) -> float:
    """Return the margin, in units, for the longest of these bold labels, elided to ``longest``.

    There is room for text as narrow windows enlarge it, in a font as broad as any.
    """
    widest = max((label_width(elided(label, longest)) for label in labels), default=0.0)
    return max(_MIN_ROOM, 8 + min(widest, _ENLARGED * longest))


def label_width(label: str) -> float:
    """Return about how wide a bold label is at most, in units: as narrow windows enlarge it."""
    return _ENLARGED * _width(label)


def _width(line: str) -> float:
    """Return about how wide a text is, in characters of usual width."""
    return sum(map(_width_of, line))


@cache
def _width_of(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if char in _BROAD or unicodedata.east_asian_width(char) in "WF":
        return 1.6
    return 1.25 if char in _MIDDLING else 1.0


def spread(places: list[float], *, gap: float) -> list[float]:
    """Return the places moved apart to at least ``gap``, order and centre kept."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    groups: list[tuple[list[int], float]] = []
    for index in order:
        members, centre = [index], places[index]
        while groups and centre - groups[-1][1] < (len(members) + len(groups[-1][0])) * gap / 2:
            before, old = groups.pop()
            centre = (old * len(before) + centre * len(members)) / (len(before) + len(members))
            members = before + members
        groups.append((members, centre))
    moved = list(places)
    for members, centre in groups:
        start = centre - gap * (len(members) - 1) / 2
        for rank, index in enumerate(members):
            moved[index] = start + rank * gap
    return moved
