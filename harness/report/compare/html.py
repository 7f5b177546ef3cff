"""A comparison → one HTML file: the same look, policy and escaping as the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.compare.figure import draw
from harness.report.compare.view import build_compare_view
from harness.report.drawing import canvas, svg
from harness.report.elements import Section
from harness.report.page import html
from harness.report.redaction import scrubbed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate
    from harness.report.compare.view import CompareView

__all__ = ["render_comparison", "write_comparison"]


def render_comparison(
    found: Comparison,
    gates: Sequence[tuple[Gate, Sequence[Compared]]] = (),
    *,
    is_host_shown: bool = False,
) -> str:
    """Return the page of a comparison, free of everything that may not be published."""
    shown = scrubbed(found, found.private, is_host_shown=is_host_shown)
    view = build_compare_view(shown, gates)
    figures = {}
    if view.figure is not None:
        with canvas.style():
            sheet = draw(shown)
            figures[view.figure.name] = svg.inline(
                sheet.figure, name=view.figure.name, tips=sheet.tips
            )
    return html.render_page("compare.html.j2", figures, view=view, contents=_contents(view))


def _contents(view: CompareView) -> tuple[Section, ...]:
    """Return the sections that the page has, in order."""
    named = (
        ("answer", "The answer", True),
        ("cells", "Every cell", view.figure is not None),
        ("left", "Not compared", bool(view.left)),
        ("how", "How it was decided", True),
        ("better", "Better", True),
    )
    return tuple(
        Section(anchor=anchor, title=title) for anchor, title, is_there in named if is_there
    )


def write_comparison(
    found: Comparison,
    gates: Sequence[tuple[Gate, Sequence[Compared]]],
    folder: Path,
    *,
    is_host_shown: bool = False,
) -> Path:
    """Write ``index.html`` into the folder, replacing an older one at once; return its path."""
    page = render_comparison(found, gates, is_host_shown=is_host_shown)
    return html.write_page(page, folder)
