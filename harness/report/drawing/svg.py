"""From a matplotlib figure to SVG that can stand inside a strict page."""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from harness.report.drawing import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    Tip = str | tuple[str, ...]

__all__ = ["inline", "standalone"]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_HREF = f"{{{_XLINK}}}href"
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_ROLES = {pair[0]: name for name, pair in theme.COLOURS.items()}
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{3,}")
_FONT_SIZE = re.compile(r"([\d.]+)px")
_REFERENCE = re.compile(r"#([\w-]+)")
_GEOMETRY = ("d", "transform", "x", "y", "points", "width", "height")
_DEFAULTS = {
    "stroke-linejoin": "miter",
    "stroke-linecap": "butt",
    "stroke-dashoffset": "0",
    "opacity": "1",
}

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def inline(figure: Figure, *, name: str, tips: Mapping[str, Tip]) -> str:
    """Return the figure as an ``<svg>`` element; ``tips`` maps group ids to tooltips.

    Several of them are those of the line's marks, in their order.
    """
    out = io.StringIO()
    with warnings.catch_warnings():
        # The reader's own font shows what the measuring font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(out, format="svg", metadata=_NO_METADATA)
    root = ET.fromstring(out.getvalue())  # noqa: S314 - matplotlib wrote it a moment ago
    _remove(root, tags=("metadata", "style"))
    for element in root.iter():
        _add_tip(element, tips)
        _restyle(element)
        _shorten(element)
    _rename(root, prefix=name)
    _prune(root)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    return ET.tostring(root, encoding="unicode")


def standalone(figure_svg: str) -> str:
    """Return an inline figure as a file of its own, for light and dark surroundings alike.

    It has a size, a ground and its own style sheet; where a viewer knows no style sheets, the
    presentation attributes show the light colours. ``report.js`` does the same in the page.
    """
    root = ET.fromstring(figure_svg)  # noqa: S314 - made by ``inline``
    _, _, width, height = root.get("viewBox", "0 0 440 330").split()
    root.set("width", width)
    root.set("height", height)
    style = ET.Element(f"{{{_SVG}}}style")
    style.text = theme.figure_style()
    ground = ET.Element(f"{{{_SVG}}}rect", width="100%", height="100%")
    ground.set("fill", theme.colour("paper"))
    ground.set("class", "f-paper")
    root[:0] = [style, ground]
    return f"{_DECLARATION}{ET.tostring(root, encoding='unicode')}\n"


def _remove(root: ET.Element, *, tags: tuple[str, ...]) -> None:
    names = {f"{{{_SVG}}}{tag}" for tag in tags}
    for parent in root.iter():
        for child in list(parent):
            if child.tag in names:
                parent.remove(child)


def _prune(parent: ET.Element) -> None:
    """Drop what nobody sees: groups around nothing, outlines without paint, and indentation."""
    for child in list(parent):
        _prune(child)
        kind = child.tag.removeprefix(f"{{{_SVG}}}")
        is_unseen = kind == "path" and child.get("fill") == "none" and "stroke" not in child.attrib
        if not len(child) and (kind in ("g", "defs") or (is_unseen and "id" not in child.attrib)):
            parent.remove(child)
        elif not (child.tail or "").strip():
            child.tail = None
    if not (parent.text or "").strip():
        parent.text = None


def _add_tip(element: ET.Element, tips: Mapping[str, Tip]) -> None:
    words = tips.get(element.get("id", ""))
    if words is None:
        return
    if isinstance(words, tuple):
        for mark, own in zip(element.iter(f"{{{_SVG}}}use"), words, strict=True):
            _name(mark, own)
        return
    _name(element, words)


def _name(element: ET.Element, words: str) -> None:
    title = ET.Element(f"{{{_SVG}}}title")
    title.text = words
    element.insert(0, title)
    element.set("class", "tip")


def _restyle(element: ET.Element) -> None:
    """Turn the style attribute into presentation attributes and classes."""
    pairs = [part.split(":", 1) for part in element.attrib.pop("style", "").split(";") if part]
    for key, value in ((key.strip(), value.strip()) for key, value in pairs):
        if key == "font":
            element.attrib.update(_font(value))
        elif key != "font-family" and _DEFAULTS.get(key) != value:
            element.set(key, value)
    for attribute, prefix in (("fill", "f"), ("stroke", "s")):
        role = _ROLES.get(element.get(attribute, ""))
        if role:
            classes = f"{element.get('class', '')} {prefix}-{role}"
            element.set("class", classes.strip())


def _font(value: str) -> dict[str, str]:
    """Return size and weight of the shorthand that matplotlib before 3.11 writes."""
    size = _FONT_SIZE.search(value)
    font = {"font-size": size.group(1)} if size else {}
    if re.search(r"\b(?:600|700|bold)\b", value.split("px", maxsplit=1)[0]):
        font["font-weight"] = "600"
    return font


def _shorten(element: ET.Element) -> None:
    for attribute in _GEOMETRY:
        value = element.get(attribute)
        if value:
            flat = " ".join(value.split())
            element.set(attribute, _LONG_DECIMAL.sub(_rounded, flat))


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match.group()):.2f}".rstrip("0").rstrip(".")


def _rename(root: ET.Element, *, prefix: str) -> None:
    """Prefix the identifiers something refers to, and drop all others."""
    used = {
        reference
        for element in root.iter()
        for attribute in (_HREF, "clip-path", "fill")
        for reference in _REFERENCE.findall(element.get(attribute, ""))
    }
    for element in root.iter():
        identity = element.attrib.pop("id", "")
        if identity in used:
            element.set("id", f"{prefix}-{identity}")
        for attribute in (_HREF, "clip-path"):
            value = element.get(attribute)
            if value:
                element.set(attribute, value.replace("#", f"#{prefix}-", 1))
