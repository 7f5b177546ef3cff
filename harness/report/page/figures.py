"""All figures of a page as inline SVG, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.drawing import canvas, svg
from harness.report.page.sections import SLICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.drawing.canvas import Sheet
    from harness.report.redaction import Redacted

__all__ = ["draw_figures", "sheets"]


def draw_figures(analysis: Redacted) -> dict[str, str]:
    """Return every figure the view of this analysis names, as SVG elements."""
    return {
        name: svg.inline(sheet.figure, name=name, tips=sheet.tips)
        for name, sheet in sheets(analysis)
    }


def sheets(analysis: Redacted) -> Iterator[tuple[str, Sheet]]:
    """Yield every figure with its name; it must be saved before the next one is asked for.

    The settings that it is drawn and saved under hold as long.
    """
    with canvas.style():
        for part in SLICES:
            yield from part.sheets(analysis)
