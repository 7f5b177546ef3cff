"""All figures of a page as inline SVG, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.drawing import canvas, svg
from harness.report.page.sections import SLICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.report.drawing.canvas import Sheet
    from harness.report.redaction import Redacted

__all__ = ["draw_figures", "inline_figures", "sheets"]


def draw_figures(analysis: Redacted) -> dict[str, str]:
    """Return every figure the view of this analysis names, as SVG elements."""
    return inline_figures(sheets(analysis))


def inline_figures(named: Iterable[tuple[str, Sheet]]) -> dict[str, str]:
    """Return these drawings as SVG elements by name; each is saved before the next one is drawn."""
    return {name: svg.inline(sheet.figure, name=name, tips=sheet.tips) for name, sheet in named}


def sheets(analysis: Redacted) -> Iterator[tuple[str, Sheet]]:
    """Yield every figure with its name; its style applies until the next one is asked for."""
    with canvas.style():
        for part in SLICES:
            yield from part.sheets(analysis)
