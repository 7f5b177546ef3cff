"""The index: from summaries to one HTML file of the same look and policy as every page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.drawing import canvas, theme
from harness.report.index import trend_figure
from harness.report.index.trend_words import drawings
from harness.report.index.trends import groups
from harness.report.index.view import MAX_GROUPS, index_view
from harness.report.page import html
from harness.report.page.figures import inline_figures
from harness.report.redaction import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.report.drawing.canvas import Sheet
    from harness.report.index.trends import Group
    from harness.report.index.view import Pages

__all__ = ["render_index", "write_index"]


def render_index(pages: Pages) -> str:
    """Return the index; what is read from other folders is shown as text and nothing else."""
    # Names of folders as they are, for the links; they are elided and escaped where they are shown.
    clean = dataclasses.replace(
        pages,
        experiments=tuple(
            dataclasses.replace(listed, summary=scrubbed(listed.summary, ()))
            for listed in pages.experiments
        ),
        comparisons=tuple((folder, scrubbed(page, ())) for folder, page in pages.comparisons),
    )
    trends = groups(clean.real)
    view = index_view(clean, trends)
    return html.render_page(
        "index.html.j2",
        inline_figures(_sheets(trends[:MAX_GROUPS])),
        view=view,
        marks=[theme.marker_path(slot) for slot in range(view.slots)],
    )


def write_index(pages: Pages, reports: Path) -> Path:
    """Write ``index.html`` into the folder of reports at once; return its path."""
    return html.write_page(render_index(pages), reports)


def _sheets(trends: tuple[Group, ...]) -> Iterator[tuple[str, Sheet]]:
    with canvas.style():
        for rank, group in enumerate(trends):
            for drawing in drawings(group, rank):
                yield drawing.name, trend_figure.draw(group, drawing.lines)
