"""Colours keep their contrast, variants keep apart."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from harness.report.drawing import theme

Numbers = npt.NDArray[np.floating[Any]]

BACKS = ("paper", "card")
CONES = {
    "all": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
"""On linear RGB: Machado, Oliveira and Fernandes, IEEE Transactions on Visualization and Computer
Graphics 15 (6), 2009, severity 1."""
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colour: str) -> Numbers:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Numbers) -> Numbers:
    """Return CIELAB, in which distances are seen differences: 2 is just noticeable."""
    ratios = XYZ @ np.clip(rgb, 0, 1) / WHITE
    bent = np.where(ratios > (6 / 29) ** 3, np.cbrt(ratios), ratios / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = bent
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2."""
    light, dark = sorted((float(XYZ[1] @ linear(each)) for each in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = [
    *((name, back) for name in ("ink", "soft", "muted", "accent", "warn") for back in BACKS),
    *((name, "warnbg") for name in ("ink", "soft", "muted", "accent", "warn")),
    *((name, "zone") for name in ("ink", "soft", "muted")),
    *((theme.role(slot), back) for slot in range(8) for back in BACKS),
    # Letters on coloured ground: the grades, the live badge, a button under the pointer.
    *(("paper", name) for name in ("accent", "v2", "v4", "warn")),
]
MARKS = [
    (name, back)
    for name in ("muted", "soft", "accent", "warn", *(theme.role(slot) for slot in range(8)))
    for back in (*BACKS, "zone")
]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (MARKS, 3.0)], ids=["text", "marks"])
def test_contrast_meets_aa(pairs: list[tuple[str, str]], least: float, mode: int) -> None:
    found = {
        pair: contrast(theme.COLOURS[pair[0]][mode], theme.COLOURS[pair[1]][mode]) for pair in pairs
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", CONES)
def test_five_variants_keep_apart_without_red_or_green_cones(eyes: str, mode: int) -> None:
    seen = [lab(CONES[eyes] @ linear(theme.COLOURS[theme.role(slot)][mode])) for slot in range(5)]
    apart = [float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2)]
    assert min(apart) >= 15


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
