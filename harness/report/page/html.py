"""From view and figures to one file that needs nothing else."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from harness.errors import StoreError
from harness.files import write_whole
from harness.report.drawing import theme
from harness.report.elements import Section
from harness.report.page.figures import draw_figures
from harness.report.page.view import build_view
from harness.statistics.levels import ALPHA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.report.elements import Attachment, LiveView
    from harness.report.page.view import ReportView
    from harness.report.redaction import Redacted

__all__ = ["render", "render_page", "write_page", "write_report"]

_ANSWER = Section(anchor="answer", title="The answer")
_BUILDS = Section(anchor="builds", title="Builds and machine")
_FAILURES = Section(anchor="failures", title="Failures")
_LAST = (Section(anchor="method", title="Method"), Section(anchor="data", title="Data"))
_PLAIN = ",:;/@()!*$?=~"
"""What a data link need not escape, besides letters, digits and ``_.-``."""
_LONG_CSV = 50_000
"""Characters; numbers of this length or more are packed to a quarter of their size or less."""
_CODE = re.compile(r"`([^`]*)`")
_TEMPLATES = resources.files("harness.report.page") / "templates"


def render(
    view: ReportView, figures: Mapping[str, str], attachments: tuple[Attachment, ...] = ()
) -> str:
    """Return the page; every text of the view is escaped, the figures are taken as they are."""
    return render_page(
        "report.html.j2",
        figures,
        view=view,
        contents=_contents(view),
        marks=[theme.marker_path(slot) for _, slot in view.legend],
        attachments=[(file, _base64_link(file.media_type, file.data)) for file in attachments],
    )


def _contents(view: ReportView) -> tuple[Section, ...]:
    """Return every section of the page, those of the template among them, in order."""
    parts = (_FAILURES,) if view.failures else ()
    return (_ANSWER, *view.sections, dataclasses.replace(_BUILDS, parts=parts), *_LAST)


def render_page(template: str, figures: Mapping[str, str], **context: object) -> str:
    """Return a page of this look: texts are escaped, figures are taken as they are.

    ``contents`` lists its sections for the contents; ``marks`` are the outlines of the variants.
    """
    css, script = theme.style_sheet() + _asset("report.css"), _asset("report.js")
    common: dict[str, object] = {
        "figures": {name: Markup(figure) for name, figure in figures.items()},  # noqa: S704 - our own SVG
        "css": Markup(css),  # noqa: S704 - our own style sheet
        "js": Markup(script),  # noqa: S704 - our own script
        "policy": f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(css)}; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        "role": theme.role,
        "figure_style": theme.figure_style(),
        "ground": theme.colour("paper"),
        "contents": (),
        "marks": (),
    }
    return _environment().get_template(template).render(common | context)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _csv_link(csv: str) -> str:
    """Return a link that contains the file itself, readable if it is short."""
    if len(csv) >= _LONG_CSV:
        return _base64_link("application/gzip", gzip.compress(csv.encode(), mtime=0))
    return "data:text/csv;charset=utf-8," + quote(csv, safe=_PLAIN)


def _csv_name(name: str, csv: str) -> str:
    """Return what the file of that link is called."""
    return f"{name}.gz" if len(csv) >= _LONG_CSV else name


def _coded(text: str) -> Markup:
    """Return a text escaped, with what is between backquotes as code."""
    return Markup(_CODE.sub(_code, str(escape(text))))  # noqa: S704 - escaped just now


def _code(match: re.Match[str]) -> str:
    """Return a command whose lines break between its words alone, not after a hyphen."""
    words = " ".join(f"<span>{word}</span>" for word in match.group(1).split())
    return f"<code>{words}</code>"


def _base64_link(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def write_report(
    analysis: Redacted,
    folder: Path,
    *,
    attachments: tuple[Attachment, ...] = (),
    live: LiveView | None = None,
) -> Path:
    """Write ``index.html`` into the folder, replacing an older one at once; return its path.

    ``attachments`` are files to be downloaded from the page, fit to be published; ``live``: the
    experiment still runs.
    """
    view = build_view(analysis, live=live)
    return write_page(render(view, draw_figures(analysis), attachments), folder)


def write_page(page: str, folder: Path) -> Path:
    """Write ``index.html`` into the folder, replacing an older one at once; return its path."""
    target = folder / "index.html"
    if folder.is_symlink():
        # In reports from elsewhere it could lead anywhere, and a page would be replaced there.
        raise StoreError(f"Cannot write the report {target}: {folder} is a link: remove it.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(target, page.encode())
    except OSError as error:
        raise StoreError(f"Cannot write the report {target}: {error.strerror or error}.") from error
    return target


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(_TEMPLATES)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"coded": _coded, "csv_link": _csv_link, "csv_name": _csv_name}
    environment.globals |= {"alpha": f"{ALPHA:g}", "alpha_percent": f"{100 * ALPHA:g}"}
    return environment


@cache
def _asset(name: str) -> str:
    return _TEMPLATES.joinpath(name).read_text(encoding="utf-8")
