"""One look for page and figures: colours, markers and dashes, chosen once."""

from __future__ import annotations

import contextlib
import contextvars
import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "COLOURS",
    "FONTS",
    "colour",
    "dark",
    "dashes",
    "figure_style",
    "marker",
    "marker_path",
    "marker_size",
    "role",
    "style_context",
    "style_sheet",
]

COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#12161c"),
    "card": ("#f7f8fa", "#191f27"),
    "ink": ("#17202b", "#e9eef4"),
    "soft": ("#384453", "#c5cfda"),
    "muted": ("#5a6675", "#98a6b5"),
    "line": ("#dfe4ea", "#2c3540"),
    "zone": ("#eef1f5", "#1d242d"),
    "accent": ("#1b4f8f", "#8cc0ff"),
    "warn": ("#9a3412", "#ffb38a"),
    "warnbg": ("#fdf1ea", "#2d1f18"),
    "v0": ("#0b66bd", "#5aa7f8"),
    "v1": ("#c6480d", "#ff9052"),
    "v2": ("#007a5b", "#45d0a5"),
    "v3": ("#6b1f7c", "#e6b3f5"),
    "v4": ("#5a3f00", "#f2dc80"),
    "v5": ("#b3225f", "#ff8ab5"),
    "v6": ("#1a7184", "#63cfe3"),
    "v7": ("#4e5a68", "#b3bfcc"),
    "down4": ("#7c3404", "#ffd0ad"),
    "down3": ("#b9500f", "#f0975a"),
    "down2": ("#f3b98e", "#82481f"),
    "down1": ("#fae0ce", "#4a2f1f"),
    "same": ("#e9edf2", "#272f39"),
    "up1": ("#d5e5f5", "#1d3853"),
    "up2": ("#9fc6ea", "#255b91"),
    "up3": ("#2b72b8", "#6db0f7"),
    "up4": ("#0b437c", "#bcdcff"),
}
"""Role → (light, dark). Where eyes without red or green cones see one hue, vermilion and brown or
blue and purple, the two differ in lightness; and no variant is told apart by colour alone. From
``down4`` to ``up4``: grounds of a scale about 1, on whose outer two steps text is in the paper's
colour and on the others in ink."""

FONTS = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",'
    '"Liberation Sans",Arial,sans-serif'
)

_is_dark = contextvars.ContextVar("is_dark", default=False)
_HUES = 8
_SHAPES = 12
_CIRCLE = 24


def role(slot: int) -> str:
    """Return the colour role of the variant in this place of the plan."""
    return f"v{slot % _HUES}"


def colour(name: str) -> str:
    """Return the colour that stands for a role while a figure is drawn."""
    return COLOURS[name][_is_dark.get()]


@contextlib.contextmanager
def dark() -> Iterator[None]:
    """Draw in the dark colours here: for pictures, which no style sheet colours afterwards."""
    token = _is_dark.set(True)
    try:
        yield
    finally:
        _is_dark.reset(token)


def dashes(slot: int) -> str | tuple[int, tuple[float, ...]]:
    """Return the line style: solid, then dashed once the hues come round again."""
    return ("solid", (0, (5.0, 2.0)), (0, (1.5, 1.5)))[slot // _HUES % 3]


def marker(slot: int) -> tuple[tuple[float, float], ...]:
    """Return a closed outline around (0, 0), one of twelve; page and figures share it.

    All have the area of the circle with radius 1, so that none looks heavier than another.
    """
    return _markers()[slot % _SHAPES]


@cache
def _markers() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return all outlines: made once, as a page has thousands of marks."""
    outlines = (
        _star(_CIRCLE, 1.0),
        _star(4, 1.0, turn=0.5),
        _star(3, 1.0),
        _star(4, 1.0),
        tuple((x, -y) for x, y in _star(3, 1.0)),
        _star(4, 0.42, turn=0.5),
        _star(5, 0.45),
        tuple((y, x) for x, y in _star(3, 1.0)),
        _star(6, 1.0),
        tuple((-y, x) for x, y in _star(3, 1.0)),
        _star(4, 0.42),
        _star(3, 0.4),
    )
    return tuple(map(_closed, outlines))


def _closed(outline: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    factor = math.sqrt(math.pi / _area(outline))
    scaled = tuple((round(x * factor, 3), round(y * factor, 3)) for x, y in outline)
    return (*scaled, scaled[0])


def marker_size(slot: int, size: float) -> float:
    """Return the size that makes matplotlib, which scales by the widest point, keep the area."""
    return size * max(abs(number) for point in marker(slot) for number in point)


def marker_path(slot: int) -> str:
    """Return the outline as SVG path data, y pointing down."""
    return "M" + "L".join(f"{x:g} {-y:g}" for x, y in marker(slot)[:-1]) + "Z"


def style_sheet() -> str:
    """Return the colour variables for light, dark and paper, and a class pair per role."""
    light = "".join(f"--{name}:{pair[0]};" for name, pair in COLOURS.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in COLOURS.items())
    classes = "".join(
        f".s-{name}{{stroke:var(--{name})}}.f-{name}{{fill:var(--{name})}}" for name in COLOURS
    )
    # Printing on paper is always in the light colours, whatever the screen shows.
    return (
        f":root{{color-scheme:light dark;font-family:{FONTS};{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{classes}\n"
    )


def figure_style() -> str:
    """Return the style sheet of a figure in a file of its own.

    Light colours stand in its presentation attributes, so that only the dark ones are here.
    """
    dark = "".join(
        f".s-{name}{{stroke:{pair[1]}}}.f-{name}{{fill:{pair[1]}}}"
        for name, pair in COLOURS.items()
    )
    return (
        f"text{{font-family:{FONTS};font-variant-numeric:tabular-nums;stroke:none}}"
        "*{stroke-linejoin:round}"
        f"@media (prefers-color-scheme:dark){{{dark}}}"
    )


def style_context() -> dict[str, object]:
    """Return the matplotlib settings under which every figure is drawn and saved."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "gilscope",
        "text.parse_math": False,
        "text.usetex": False,
        "axes.unicode_minus": True,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 11,
        "text.color": colour("ink"),
        "axes.labelcolor": colour("muted"),
        "axes.edgecolor": colour("line"),
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "xtick.color": colour("muted"),
        "ytick.color": colour("muted"),
        "path.simplify": False,
    }


def _area(outline: tuple[tuple[float, float], ...]) -> float:
    following = (*outline[1:], outline[0])
    pairs = zip(outline, following, strict=True)
    return abs(sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairs)) / 2


def _star(points: int, inner: float, *, turn: float = 0.0) -> tuple[tuple[float, float], ...]:
    """Return a regular star, or a regular polygon when the inner radius is 1."""
    solid = inner == 1
    steps = points if solid else 2 * points
    angles = [2 * math.pi * (step + turn) / steps + math.pi / 2 for step in range(steps)]
    radii = [inner if step % 2 and not solid else 1.0 for step in range(steps)]
    return tuple(
        (radius * math.cos(angle), radius * math.sin(angle))
        for radius, angle in zip(radii, angles, strict=True)
    )
