"""Styles become attributes and classes, whichever way matplotlib writes them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from harness.report.drawing import svg, theme


def test_font_shorthand_becomes_size_and_weight() -> None:
    assert svg._font("700 11px 'DejaVu Sans', sans-serif") == {
        "font-size": "11",
        "font-weight": "600",
    }
    assert svg._font("10px 'DejaVu Sans'") == {"font-size": "10"}


def test_a_role_colour_becomes_a_class() -> None:
    element = ET.Element("path", style=f"fill: none; stroke: {theme.colour('v1')}; opacity: 1")
    svg._restyle(element)
    assert element.attrib == {"fill": "none", "stroke": theme.colour("v1"), "class": "s-v1"}


def test_numbers_are_cut_to_what_can_be_seen() -> None:
    element = ET.Element("path", d="M 1.23456 7 \nL 0.0001 -2.50001")
    svg._shorten(element)
    assert element.get("d") == "M 1.23 7 L 0 -2.5"


def test_a_figure_on_its_own_has_a_size_a_ground_and_both_schemes() -> None:
    inlined = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 440 372">'
        '<path class="s-v1" d="M 0 0" /><text class="f-ink">a &lt; b</text></svg>'
    )
    alone = svg.standalone(inlined)
    root = ET.fromstring(alone.encode())  # noqa: S314 - our own
    assert alone.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    assert (root.get("width"), root.get("height")) == ("440", "372")
    style, ground, path, words = root
    assert style.text == theme.figure_style()
    assert "@media (prefers-color-scheme:dark)" in style.text
    assert f".s-v1{{stroke:{theme.COLOURS['v1'][1]}}}" in style.text
    assert ground.get("fill") == theme.colour("paper")
    assert (path.get("class"), words.text) == ("s-v1", "a < b")
    assert svg.standalone(inlined) == alone


def test_what_nobody_sees_is_dropped() -> None:
    root = ET.fromstring(  # noqa: S314 - our own
        f'<svg xmlns="{svg._SVG}"><defs> </defs>\n <g>\n <g/> <path fill="none" d="M 0 0"/></g>'
        '<g><path id="kept" fill="none"/></g><text> a </text></svg>'
    )
    svg._prune(root)
    assert [child.tag.rpartition("}")[2] for child in root] == ["g", "text"]
    assert ET.tostring(root, encoding="unicode").endswith("<text> a </text></svg>")
