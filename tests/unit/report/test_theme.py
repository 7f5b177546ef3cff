"""Colours keep their contrast, variants keep apart."""

from __future__ import annotations

import pytest

from harness.report import theme


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("back", ["paper", "card"])
def test_text_colours_meet_aa(mode: int, back: str) -> None:
    names = ["ink", "soft", "muted", "accent", "warn", *(theme.role(slot) for slot in range(8))]
    poor = {
        name: contrast(theme.COLOURS[name][mode], theme.COLOURS[back][mode])
        for name in names
        if contrast(theme.COLOURS[name][mode], theme.COLOURS[back][mode]) < 4.5
    }
    assert poor == {}


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_warnings_are_readable_on_their_ground(mode: int) -> None:
    for name in ("ink", "warn"):
        pair = theme.COLOURS[name][mode], theme.COLOURS["warnbg"][mode]
        assert contrast(*pair) >= 4.5


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_words_on_every_step_of_the_scale_meet_aa(mode: int) -> None:
    for ground in ("same", *(f"{side}{step}" for side in ("up", "down") for step in range(1, 5))):
        words = "paper" if ground[-1] in "34" else "ink"
        assert contrast(theme.COLOURS[ground][mode], theme.COLOURS[words][mode]) >= 4.5, ground


def test_every_role_has_its_own_light_colour() -> None:
    light = [pair[0] for pair in theme.COLOURS.values()]
    assert len(set(light)) == len(light)


def test_twelve_variants_have_twelve_markers_and_looks() -> None:
    assert len({theme.marker(slot) for slot in range(12)}) == 12
    looks = {(theme.role(slot), theme.marker(slot), str(theme.dashes(slot))) for slot in range(24)}
    assert len(looks) == 24
