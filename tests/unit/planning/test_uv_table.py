"""Every key of a file's header means what it says, or is refused."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import ConfigError
from harness.planning.script_metadata import read_header

if TYPE_CHECKING:
    from pathlib import Path


def uv_of(text: str, folder: Path) -> Any:
    lines = ("/// script", 'dependencies = ["a"]', *text.splitlines(), "///")
    needs = read_header("".join(f"# {line}\n" for line in lines), "my.py", folder)
    return json.loads(needs.uv) if needs.uv else None


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    text = textwrap.dedent("""
    [tool.uv]
    find-links = ["wheels", "https://example.org/wheels"]
    exclude-newer = 2026-01-01
    [tool.uv.sources]
    a = { path = "./a" }
    b = [{ git = "https://example.org/b", rev = "1" }, { index = "mine", marker = "m" }]
    [[tool.uv.index]]
    name = "mine"
    url = "../wheels"
    """)

    assert uv_of(text, tmp_path) == {
        "find-links": [str(tmp_path / "wheels"), "https://example.org/wheels"],
        "exclude-newer": "2026-01-01",
        "sources": {
            "a": [{"path": str(tmp_path / "a")}],
            "b": [
                {"git": "https://example.org/b", "rev": "1"},
                {"index": "mine", "marker": "m"},
            ],
        },
        "index": [{"name": "mine", "url": str(tmp_path.parent / "wheels")}],
    }


def test_tables_of_other_tools_do_not_say_how_the_file_is_run(tmp_path: Path) -> None:
    assert uv_of("[tool.ruff]\nline-length = 100", tmp_path) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dependency = ['b']", "unknown field `dependency`"),
        ("[other]\nx = 1", "unknown field `other`"),
        ("tool = 3", "Expected `object`, got `int`"),
        ("[tool]\nuv = 1", "tool.uv in its PEP 723 header is not a table"),
        ("[tool.uv]\ndev-dependencies = []", "does not support tool.uv.dev-dependencies"),
        ("[tool.uv.pip]\nno-index = true", "does not support tool.uv.pip"),
        ("[tool.uv]\nsources = 1", "tool.uv.sources in its PEP 723 header is not a table"),
        ("[tool.uv.sources]\na = 'x'", "tool.uv.sources.a in its PEP 723 header is not a table"),
        ("[tool.uv.sources]\na = { workspace = true }", "a file has no workspace"),
        ("[tool.uv.sources]\na = { path = '.', editable = true }", "installed as copies"),
        ("[tool.uv.sources]\na = { path = 'gone' }", "'gone', which does not exist"),
        ("[tool.uv.sources]\na = { path = 3 }", "the path 3, which does not exist"),
    ],
)
def test_what_would_not_be_done_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        uv_of(text, tmp_path)

    assert str(refused.value).startswith("my.py: ")
    assert said in str(refused.value)
