"""Single figures of the page as files, for slides and other pages."""

from __future__ import annotations

import contextlib
import fnmatch
import io
import warnings
from typing import TYPE_CHECKING

from harness.errors import ConfigError, nearest
from harness.report.drawing import svg, theme
from harness.report.page.figures import sheets
from harness.report.page.view import build_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.figure import Figure

    from harness.report.elements import Section
    from harness.report.redaction import Redacted

__all__ = ["FORMATS", "figure_titles", "pictures"]

FORMATS = ("svg", "png")
_DOTS_PER_INCH = 144
"""Twice that of the page's figures, for high-resolution screens."""


def figure_titles(analysis: Redacted) -> dict[str, str]:
    """Return the titles of the page's figures by name, in order, each with its section's title."""
    return dict(_titles(build_view(analysis).sections))


def _titles(sections: Iterable[Section]) -> Iterator[tuple[str, str]]:
    for section in sections:
        for figure in section.figures:
            title = figure.title
            yield figure.name, title if title == section.title else f"{section.title}: {title}"
        yield from _titles(section.parts)


def pictures(
    analysis: Redacted,
    patterns: Sequence[str],
    *,
    formats: Sequence[str] = FORMATS,
    is_dark: bool = False,
    is_transparent: bool = False,
) -> dict[str, bytes]:
    """Return the figures whose names match one of ``patterns`` (globs), by file name.

    An SVG suits light and dark backgrounds; ``is_dark`` and ``is_transparent`` apply to PNG.
    Raises ConfigError where a pattern matches no figure.
    """
    files: dict[str, bytes] = {}
    names = []
    with theme.dark() if is_dark else contextlib.nullcontext():
        for name, sheet in sheets(analysis):
            names.append(name)
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                continue
            if "png" in formats:
                files[f"{name}.png"] = _png(sheet.figure, is_transparent=is_transparent)
            if "svg" in formats and not is_dark:
                inline = svg.inline(sheet.figure, name=name, tips=sheet.tips)
                files[f"{name}.svg"] = svg.standalone(inline).encode()
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise ConfigError(f"no figure is called {pattern!r}: {nearest(pattern, names)}")
    if is_dark and "svg" in formats:
        # An SVG derives its dark colours from the light ones.
        files |= pictures(analysis, patterns, formats=("svg",))
    return dict(sorted(files.items()))


def _png(figure: Figure, *, is_transparent: bool) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(
            out,
            format="png",
            dpi=_DOTS_PER_INCH,
            facecolor="none" if is_transparent else theme.colour("paper"),
            metadata={"Software": None},
        )
    return out.getvalue()
