from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from harness.errors import ConfigError
from harness.interpreters.cache.entries import cache_root, keys, make_once
from harness.interpreters.cache.integrity import damage_of
from tests.unit.interpreters.cache.test_cleanup import RECIPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.interpreters.cache.entries import Workspace
    from harness.model import Build


@pytest.fixture
def build(fake: Callable[..., Path], tmp_path: Path) -> Build:
    def install(workspace: Workspace) -> Path:
        (workspace.prefix / "lib" / "__pycache__").mkdir(parents=True)
        (workspace.prefix / "lib" / "statistics.py").write_text("def mean(): ...\n")
        (workspace.prefix / "lib" / "math.so").write_bytes(b"\x7fELF")
        (workspace.prefix / "lib" / "link.so").symlink_to("math.so")
        (workspace.prefix / "lib" / "__pycache__" / "statistics.pyc").write_bytes(b"code")
        return fake_in(workspace.prefix)

    def fake_in(prefix: Path) -> Path:
        return prefix.joinpath("python").parent / shutil.copy(fake(), prefix / "python")

    return make_once(tmp_path, RECIPE, make=install)


def library(root: Path) -> Path:
    return root / "interpreters" / RECIPE.key / "prefix" / "lib"


def test_an_entry_as_it_was_made_has_no_damage(build: Build, tmp_path: Path) -> None:
    lib = library(tmp_path)
    (lib / "new.py").write_text("installed later")
    (lib / "__pycache__" / "statistics.pyc").write_bytes(b"made again")

    assert damage_of(build, root=tmp_path) is None
    listed = json.loads((tmp_path / "interpreters" / RECIPE.key / "files.json").read_bytes())
    assert sorted(listed) == ["prefix/lib/math.so", "prefix/lib/statistics.py", "prefix/python"]


def test_files_that_are_gone_or_changed_are_named(build: Build, tmp_path: Path) -> None:
    lib = library(tmp_path)
    (lib / "math.so").unlink()
    (lib / "statistics.py").write_text("")

    damage = damage_of(build, root=tmp_path)

    assert damage is not None
    assert damage.key == RECIPE.key
    assert damage.files == ("prefix/lib/math.so", "prefix/lib/statistics.py")


@pytest.mark.parametrize("text", ["", "[]", '{"../../outside": "x", "/etc/passwd": "x"}'])
def test_a_list_that_is_damaged_or_leads_elsewhere_says_nothing(
    build: Build, tmp_path: Path, text: str
) -> None:
    (tmp_path / "interpreters" / RECIPE.key / "files.json").write_text(text)

    assert damage_of(build, root=tmp_path) is None


def test_a_build_elsewhere_or_of_an_older_version_says_nothing(
    build: Build, tmp_path: Path
) -> None:
    assert damage_of(build, root=tmp_path / "other") is None
    (tmp_path / "interpreters" / RECIPE.key / "files.json").unlink()
    assert damage_of(build, root=tmp_path) is None


def test_a_cache_that_is_a_file_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "file"))

    with pytest.raises(ConfigError, match=r"GILSCOPE_CACHE=.*file is not a folder"):
        cache_root()


def test_a_tilde_that_no_shell_has_expanded_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GILSCOPE_CACHE", "~/cache")

    assert cache_root() == tmp_path / "cache"


def test_a_cache_that_cannot_be_used_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "interpreters").touch()

    assert keys(tmp_path) == []
