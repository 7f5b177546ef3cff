"""No circle between modules, whatever kind of import closes it.

Import-linter checks the direction of the wings. This one counts what it can be told to ignore:
imports inside functions, and those for type checkers only.
"""

from __future__ import annotations

import ast
import graphlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness", "workloads")


def sources(root: Path) -> dict[str, str]:
    """Return the text of each module, by its dotted name."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): (
            path.read_text(encoding="utf-8")
        )
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
    }


def imported(module: str, text: str) -> Iterator[str]:
    """Yield every name that a module imports or looks up, at any depth of its code."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                parents = module.split(".")[:-level] if level else []
                name = ".".join([*parents, *filter(None, [base])])
                yield from (f"{name}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]
            ):
                yield name


def dependencies(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Return which module imports which: of a package's member, the module that has it."""
    found: dict[str, set[str]] = {}
    for module, text in texts.items():
        owners = set()
        for name in imported(module, text):
            owner = name if name in texts else name.rpartition(".")[0]
            if owner in texts and owner != module:
                owners.add(owner)
        found[module] = owners
    return found


def circle(texts: Mapping[str, str]) -> list[str]:
    """Return the modules of one circle of imports; empty where there is none."""
    try:
        graphlib.TopologicalSorter(dependencies(texts)).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    texts = sources(ROOT)
    assert {"harness.cli.app", "harness.model", "workloads.__main__"} <= set(texts)
    assert circle(texts) == []


@pytest.mark.parametrize(
    "closing",
    [
        "import harness.one",
        "from harness import one",
        "from harness.one import f",
        "from . import one",
        "from .one import f",
        "def f():\n    from harness.one import g",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from harness.one import T",
        "import importlib\nimportlib.import_module('harness.one')",
    ],
)
def test_a_circle_is_found_however_it_is_closed(closing: str) -> None:
    texts = {
        "harness": "",
        "harness.one": "from harness.two import f",
        "harness.two": "from harness.three import f",
        "harness.three": closing,
    }
    assert set(circle(texts)) == {"harness.one", "harness.two", "harness.three"}
    assert circle({**texts, "harness.three": "import json"}) == []
