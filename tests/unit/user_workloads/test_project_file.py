"""A header's settings become a project file, and a changed local source another environment."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.user_workloads.packages import environment_folder
from harness.user_workloads.project_file import local_sources, project_text, sources_digest
from tests.unit import fakes

if TYPE_CHECKING:
    from pathlib import Path


def test_what_the_header_says_is_read_from_the_project_file_as_it_was() -> None:
    uv = {
        "sources": {"a.b": [{"git": "https://example.org/x", "marker": "python_version > '3'"}]},
        "no-index": True,
        "constraint-dependencies": ['b < 2 ; sys_platform == "linux"', "é\x7f\n\u2028\U0001f40d"],
    }

    read = tomllib.loads(project_text(["a.b>1", "b"], msgspec.json.encode(uv).decode()))

    assert read["tool"] == {"uv": uv}
    assert read["project"]["dependencies"] == ["a.b>1", "b"]


def test_local_sources_are_those_with_a_path_and_file_addresses() -> None:
    uv = {"sources": {"a": [{"path": "/x/a", "marker": "m"}, {"index": "i"}], "b": [{"url": "u"}]}}

    found = local_sources(
        ["a", "b", "c @ file:///y/c%20c.whl", "d @ https://example.org/d.whl"],
        msgspec.json.encode(uv).decode(),
    )

    assert {name: str(path) for name, path in found.items()} == {"a": "/x/a", "c": "/y/c c.whl"}


@pytest.mark.parametrize("name", ["package/module.py", "pyproject.toml", "new.py"])
def test_a_change_of_a_local_source_is_another_environment(tmp_path: Path, name: str) -> None:
    source = tmp_path / "source"
    (source / "package").mkdir(parents=True)
    for each in ("package/module.py", "pyproject.toml"):
        (source / each).write_text("1")
    needs = [f"package @ {source.as_uri()}"]
    before = environment_folder(tmp_path, fakes.build(), needs)
    (source / "build").mkdir()
    (source / "build" / "made.py").write_text("1")
    assert environment_folder(tmp_path, fakes.build(), needs) == before

    (source / name).write_text("2")

    assert environment_folder(tmp_path, fakes.build(), needs) != before


def test_a_file_is_known_by_its_content(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(b"1")
    before = sources_digest([wheel])
    wheel.write_bytes(b"2")

    assert sources_digest([wheel]) != before


def test_settings_make_another_environment_and_none_the_one_of_earlier_versions(
    tmp_path: Path,
) -> None:
    plain = environment_folder(tmp_path, fakes.build(), ["b", "a"])

    assert plain == environment_folder(tmp_path, fakes.build(), ["a", "b"])
    assert plain != environment_folder(tmp_path, fakes.build(), ["a", "b"], '{"no-index":true}')
