"""What the docs say of the layout: the picture is the import contract, and each path is there."""

from __future__ import annotations

import re
import tomllib

from tests.paths import ROOT


def wings_in_the_picture() -> list[set[str]]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    picture = text.partition("<!-- wings: begin")[2].partition("<!-- wings: end")[0]
    rows = [line[1:].partition("  ")[0] for line in picture.splitlines() if line.startswith("│")]
    return [set(row.strip().split(" | ")) for row in rows]


def wings_in_the_contract() -> list[set[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (
        each
        for each in settings["tool"]["importlinter"]["contracts"]
        if each["name"] == "Wings: one way"
    )
    rows = [
        {name.strip().removeprefix("harness.") for name in row.split("|")}
        for row in contract["layers"]
    ]
    # Below the wings are single modules, and above them is __main__.
    wings = [{name for name in row if (ROOT / "harness" / name).is_dir()} for row in rows]
    return [row for row in wings if row]


def test_the_picture_of_the_wings_is_the_contract() -> None:
    assert wings_in_the_picture() == wings_in_the_contract()


def test_every_wing_is_in_the_picture() -> None:
    folders = {path.parent.name for path in (ROOT / "harness").glob("*/__init__.py")}
    assert set().union(*wings_in_the_picture()) == folders


def test_each_path_that_contributors_are_sent_to_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:harness|workloads|tests|\.ci)/[\w./]*)`", text)

    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
