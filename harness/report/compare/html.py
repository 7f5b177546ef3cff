"""A comparison → one HTML file: the same look, policy and escaping as the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.compare.figure import draw
from harness.report.compare.published import published
from harness.report.compare.view import build_compare_view
from harness.report.drawing import canvas
from harness.report.elements import Section
from harness.report.page import html
from harness.report.page.figures import inline_figures

if TYPE_CHECKING:
    from pathlib import Path

    from harness.analysis.comparing.comparison import Comparison
    from harness.report.compare.words import Gates

__all__ = ["render_comparison", "write_comparison"]


def render_comparison(
    comparison: Comparison, gates: Gates = (), *, is_host_shown: bool = False
) -> str:
    """Return the page of a comparison, free of everything that may not be published."""
    shown = published(comparison, is_host_shown=is_host_shown)
    view = build_compare_view(shown, gates, commands=comparison.commands)
    figures = {}
    if view.figure is not None:
        with canvas.style():
            figures = inline_figures([(view.figure.name, draw(shown))])
    sections = {
        "answer": "The answer",
        **({"cells": "Every cell"} if view.figure else {}),
        **({"left": "Not compared"} if view.left else {}),
        "how": "How it was decided",
        "better": "Better",
    }
    contents = tuple(Section(anchor=anchor, title=title) for anchor, title in sections.items())
    return html.render_page("compare.html.j2", figures, view=view, contents=contents)


def write_comparison(
    comparison: Comparison, gates: Gates, folder: Path, *, is_host_shown: bool = False
) -> Path:
    """Write ``index.html`` into the folder, replacing an older one at once; return its path."""
    page = render_comparison(comparison, gates, is_host_shown=is_host_shown)
    return html.write_page(page, folder)
