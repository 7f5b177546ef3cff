"""The index: from summaries to one HTML file of the same look and policy as every page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.drawing import canvas, svg, theme
from harness.report.index import trend_figure
from harness.report.index.trend_words import drawings
from harness.report.index.trends import groups
from harness.report.index.view import MAX_GROUPS, index_view
from harness.report.page import html
from harness.report.redaction import scrubbed

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.index.trends import Group
    from harness.report.index.view import Pages

__all__ = ["render_index", "write_index"]


def render_index(pages: Pages) -> str:
    """Return the index; what is read from other folders is shown as text and nothing else."""
    # Names of folders as they are, for the links; they are elided and escaped where they are shown.
    shown = dataclasses.replace(
        pages,
        experiments=tuple(
            dataclasses.replace(one, summary=scrubbed(one.summary, ())) for one in pages.experiments
        ),
        comparisons=tuple((folder, scrubbed(one, ())) for folder, one in pages.comparisons),
    )
    found = groups(shown.real)
    view = index_view(shown, found)
    return html.render_page(
        "index.html.j2",
        _figures(found[:MAX_GROUPS]),
        view=view,
        marks=[theme.marker_path(slot) for slot in range(view.slots)],
    )


def write_index(pages: Pages, reports: Path) -> Path:
    """Write ``index.html`` into the folder of reports at once; return its path."""
    return html.write_page(render_index(pages), reports)


def _figures(found: tuple[Group, ...]) -> dict[str, str]:
    figures = {}
    with canvas.style():
        for rank, group in enumerate(found):
            for drawing in drawings(group, rank):
                sheet = trend_figure.draw(group, drawing.lines)
                figures[drawing.name] = svg.inline(sheet.figure, name=drawing.name, tips=sheet.tips)
    return figures
