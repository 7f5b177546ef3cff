"""The heat maps: one tile per workload and variant, coloured by its ratio."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Rectangle

from harness.report.drawing import canvas, theme
from harness.report.numbers.thread_choice import with_n
from harness.report.sections.heat_map.numbers import LEVELS, maps
from harness.report.sections.heat_map.words import heading
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.report.drawing.canvas import Sheet
    from harness.report.sections.heat_map.numbers import HeatMap, HeatRow, Tile

__all__ = ["draw"]

_LEFT, _RIGHT, _BOTTOM = 128, 6, 46
_ROW, _GAP = 22, 2
_HEAD, _STAGGER = 26, 13
_STAGGERED = 1.65
"""Columns that a name may take in two lines; not 2, for the last one has to stay in the figure."""
_BETWEEN = 18
"""Between two panels of one map."""
_MAX_COLUMNS = 7
"""In a panel: with more of them, a tile has no room for its number on a phone."""
_CHARACTER = 7.2
"""Advance of one character as large as on a phone, in units."""
_MAX_ROW_LENGTH, _MAX_COLUMN_LENGTH = 17, 16
_KEY_STEP, _KEY_HEIGHT = 26, 9
_TEXT_TURNS = 3
"""From this step of colour on text is in the paper's colour."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Panel:
    """Some columns of a map, drawn from ``top`` (units) on."""

    columns: tuple[int, ...]
    """Places in the map."""
    width: float
    """Of one column."""
    top: float
    """Of the tiles; the columns' names stand above."""
    is_staggered: bool


def draw(analysis: Analysis) -> dict[str, Sheet]:
    """Return both maps, those that there are."""
    return {heat_map.name: _draw(heat_map) for heat_map in maps(analysis)}


def _draw(heat_map: HeatMap) -> Sheet:
    panels, height = _panels(heat_map)
    sheet = canvas.sheet(height=height, left=0, right=0, top=0, bottom=0)
    sheet.axes.set_xlim(0, canvas.WIDTH)
    sheet.axes.set_ylim(height, 0)
    sheet.axes.set_axis_off()
    for panel in panels:
        _names(sheet, heat_map, panel)
        for rank, row in enumerate(heat_map.rows):
            _row(sheet, heat_map, panel, row, top=panel.top + rank * _ROW)
    _key(sheet, heat_map, top=height - _BOTTOM + 14)
    return sheet


def _panels(heat_map: HeatMap) -> tuple[list[_Panel], float]:
    """Return the panels, as even as can be, and the height of the figure."""
    total = len(heat_map.columns)
    count = -(-total // _MAX_COLUMNS)
    most = -(-total // count)
    width = (canvas.WIDTH - _LEFT - _RIGHT) / most
    labels = [canvas.elided(label, _MAX_COLUMN_LENGTH) for label, _ in heat_map.columns]
    is_staggered = max(map(len, labels)) * _CHARACTER + 4 > width and most > 1
    head = _HEAD + (_STAGGER if is_staggered else 0)
    panels, top = [], float(head)
    for start in range(0, total, most):
        columns = tuple(range(start, min(start + most, total)))
        panels.append(_Panel(columns=columns, width=width, top=top, is_staggered=is_staggered))
        top += len(heat_map.rows) * _ROW + _BETWEEN + head
    return panels, top - _BETWEEN - head + _BOTTOM


def _names(sheet: Sheet, heat_map: HeatMap, panel: _Panel) -> None:
    """Write the variants above their columns, in two lines where they are long."""
    for rank, place in enumerate(panel.columns):
        label, slot = heat_map.columns[place]
        is_high = panel.is_staggered and rank % 2 == 0
        baseline = panel.top - 7 - (_STAGGER if is_high else 0)
        room = panel.width * (_STAGGERED if panel.is_staggered else 1)
        shown = canvas.elided(label, min(_MAX_COLUMN_LENGTH, max(3, int(room / _CHARACTER))))
        middle = _LEFT + (rank + 0.5) * panel.width
        half = canvas.label_width(shown) / 2
        middle = min(middle, canvas.WIDTH - 2 - half)
        tint = theme.colour(theme.role(slot))
        _say(sheet, shown, middle, baseline, ha="center", color=tint, fontweight="bold")


def _row(sheet: Sheet, heat_map: HeatMap, panel: _Panel, row: HeatRow, *, top: float) -> None:
    own = f" ({row.own_threads})" if row.own_threads and not heat_map.is_time else ""
    name = canvas.elided(row.benchmark.workload, _MAX_ROW_LENGTH - len(own)) + own
    _say(sheet, name, 2, top + _ROW / 2, va="center", color=theme.colour("soft"))
    for rank, place in enumerate(panel.columns):
        left = _LEFT + rank * panel.width
        words = f"{heat_map.columns[place][0]}, {heading(row)}"
        _tile(sheet, heat_map, row.tiles[place], words=words, box=(left, top, panel.width, _ROW))


def _tile(
    sheet: Sheet,
    heat_map: HeatMap,
    tile: Tile,
    *,
    words: str,
    box: tuple[float, float, float, float],
) -> None:
    left, top, width, height = box
    centre = left + width / 2, top + height / 2
    inner = left + _GAP / 2, top + _GAP / 2, width - _GAP, height - _GAP
    if tile.estimate is None:
        muted = theme.colour("muted")
        _say(sheet, formatting.ABSENT, *centre, ha="center", va="center", color=muted)
        frame = _rectangle(sheet, inner, facecolor="none", edgecolor="none")
        sheet.tip(frame, f"{words}: {'failed' if tile.has_failed else 'no result'}")
        return
    shown = with_n(formatting.factor(tile.estimate), tile.estimate).text
    if tile.is_resolved:
        step = tile.step(heat_map.edges)
        frame = _rectangle(
            sheet, inner, facecolor=theme.colour(_ground(heat_map, step)), linewidth=0
        )
        tint = "paper" if abs(step) >= _TEXT_TURNS else "ink"
    else:
        frame, tint = _dashed(sheet, inner), "muted"
    sheet.tip(frame, f"{words}: {shown}{tile.remark}")
    number = formatting.plain(tile.estimate.point)
    _say(sheet, number, *centre, ha="center", va="center", color=theme.colour(tint))


def _ground(heat_map: HeatMap, step: int) -> str:
    """Return the role of a step: less time is as good as a higher speed-up."""
    good = -step if heat_map.is_time else step
    return "same" if good == 0 else f"{'up' if good > 0 else 'down'}{abs(good)}"


def _dashed(sheet: Sheet, inner: tuple[float, float, float, float]) -> Rectangle:
    left, top, width, height = inner
    smaller = left + 0.5, top + 0.5, width - 1, height - 1
    tint = theme.colour("muted")
    style: dict[str, Any] = {"linewidth": 0.6, "linestyle": (0, (3, 3))}
    # A ground that is there, so that the tooltip is found within the frame too.
    return _rectangle(sheet, smaller, facecolor=theme.colour("paper"), edgecolor=tint, **style)


def _rectangle(
    sheet: Sheet,
    box: tuple[float, float, float, float],
    **style: Any,  # noqa: ANN401 - matplotlib's own
) -> Rectangle:
    left, top, width, height = box
    patch = Rectangle((left, top), width, height, **style)
    sheet.axes.add_patch(patch)
    return patch


def _key(sheet: Sheet, heat_map: HeatMap, *, top: float) -> None:
    """Draw the steps of colour with the ratios between them, and what is not coloured."""
    bounds = [*(1 / edge for edge in reversed(heat_map.edges)), *heat_map.edges]
    for rank, step in enumerate(range(-LEVELS, LEVELS + 1)):
        box = (2 + rank * _KEY_STEP, top, _KEY_STEP, _KEY_HEIGHT)
        _rectangle(sheet, box, facecolor=theme.colour(_ground(heat_map, step)), linewidth=0)
    style: dict[str, Any] = {"color": theme.colour("muted"), "va": "center"}
    # Every second one from either end: on a phone there is no room for all.
    for rank in (*range(0, LEVELS, 2), *range(LEVELS + 1, 2 * LEVELS, 2)):
        place = 2 + (rank + 1) * _KEY_STEP
        _say(sheet, f"{bounds[rank]:.2f}", place, top + _KEY_HEIGHT + 9, ha="center", **style)
    right = 2 + (2 * LEVELS + 1) * _KEY_STEP + 14
    middle = top + _KEY_HEIGHT / 2
    _dashed(sheet, (right, top - 2, 18, _KEY_HEIGHT + 4))
    _say(sheet, "not resolved", right + 23, middle, **style)
    _say(sheet, formatting.ABSENT, right + 9, middle + 17, ha="center", **style)
    _say(sheet, "no result", right + 23, middle + 17, **style)


def _say(sheet: Sheet, words: str, x: float, y: float, **style: Any) -> None:  # noqa: ANN401
    sheet.axes.text(x, y, words, fontsize=canvas.SMALL, **style)
