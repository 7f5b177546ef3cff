"""Styles become attributes and classes, whichever way matplotlib writes them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from harness.report import svg, theme


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
