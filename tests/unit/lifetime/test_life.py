"""The folder of a process's life: who may remove it, and when it is gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.lifetime.life import OWNER, is_over, life, new_folder, remove
from tests.paths import ROOT
from tests.unit.lifetime.controllers import controller

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_life_is_over_when_its_process_is(tmp_path: Path) -> None:
    with controller(tmp_path) as started:
        os.kill(started.guardian, 9)
        assert not is_over(started.life)
        started.process.kill()
        started.process.wait()

        assert is_over(started.life)


def test_our_own_life_is_not_over(temporary: Path) -> None:
    assert life().folder.parent == temporary
    assert not is_over(life().folder)
    assert life() is life()


def test_the_folder_is_gone_after_a_normal_end(tmp_path: Path) -> None:
    code = "from harness.lifetime.life import new_folder; (new_folder() / 'file').touch()"
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=True,
    )

    assert list(tmp_path.iterdir()) == []


def test_the_names_of_all_folders_are_of_one_length(temporary: Path) -> None:
    names = {len(str(new_folder().relative_to(temporary))) for _ in range(12)}
    assert len(names) == 1


@pytest.mark.usefixtures("temporary")
def test_a_life_whose_folder_was_removed_goes_on_in_another() -> None:
    before = life().folder
    remove(before)

    assert new_folder().parent != before


@pytest.mark.parametrize("kind", ["nothing", "folder", "link", "pipe", "socket"])
def test_what_is_no_life_is_not_over(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "gilscope-it"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        if kind == "folder":
            (folder / OWNER).mkdir()
        elif kind == "link":
            (folder / OWNER).symlink_to(tmp_path / "elsewhere")
            (tmp_path / "elsewhere").touch()
        elif kind == "pipe":
            os.mkfifo(folder / OWNER)
        elif kind == "socket":
            listening.bind(str(folder / OWNER))

        assert not is_over(folder)
    assert not is_over(tmp_path / "missing")


def test_a_link_to_a_life_that_is_over_is_not_one(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    (folder / OWNER).touch()
    (tmp_path / "gilscope-link").symlink_to(folder)

    assert is_over(folder)
    assert not is_over(tmp_path / "gilscope-link")


def test_removing_gets_through_folders_without_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "it"
    (folder / "inner" / "innermost").mkdir(parents=True)
    (folder / "inner" / "innermost").chmod(0)
    (folder / "inner").chmod(0)
    (folder / "link").symlink_to(tmp_path)

    remove(folder)

    assert list(tmp_path.iterdir()) == []
    remove(folder)
