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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from matplotlib.figure import Figure

    from harness.report.drawing.svg import Tip
    from harness.report.elements import Section
    from harness.report.redaction import Redacted

__all__ = ["FORMATS", "figure_titles", "pictures"]

FORMATS = ("svg", "png")
_DOTS_PER_INCH = 144
"""Twice the size of the page's, for screens with small dots."""


def figure_titles(analysis: Redacted) -> dict[str, str]:
    """Return the figures of this experiment's page by name, in their order there.

    A title says its section's too, where it would not be understood alone.
    """
    return dict(_titles(build_view(analysis).sections))


def _titles(sections: Iterable[Section]) -> Iterator[tuple[str, str]]:
    for section in sections:
        for figure in section.figures:
            title = figure.title
            yield figure.name, title if title == section.title else f"{section.title}: {title}"
        yield from _titles(section.parts)


def pictures(
    analysis: Redacted,
    wanted: Sequence[str],
    *,
    formats: Sequence[str] = FORMATS,
    is_dark: bool = False,
    is_transparent: bool = False,
) -> dict[str, bytes]:
    """Return the figures whose names match one of ``wanted`` (globs), by the file's name.

    An SVG is for light and dark surroundings alike; ``is_dark`` and ``is_transparent`` are about
    PNG. Raises ConfigError where a name matches no figure.
    """
    files: dict[str, bytes] = {}
    names = []
    with theme.dark() if is_dark else contextlib.nullcontext():
        for name, sheet in sheets(analysis):
            names.append(name)
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted):
                continue
            if "png" in formats:
                files[f"{name}.png"] = _png(sheet.figure, is_transparent=is_transparent)
            if "svg" in formats and not is_dark:
                files[f"{name}.svg"] = _svg(name, sheet.figure, sheet.tips)
    for pattern in wanted:
        if not fnmatch.filter(names, pattern):
            raise ConfigError(f"no figure is called {pattern!r}: {nearest(pattern, names)}")
    if is_dark and "svg" in formats:
        # Its colours are roles, known by the light ones.
        files |= pictures(analysis, wanted, formats=("svg",))
    return dict(sorted(files.items()))


def _svg(name: str, figure: Figure, tips: Mapping[str, Tip]) -> bytes:
    return svg.standalone(svg.inline(figure, name=name, tips=tips)).encode()


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
