from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.getting.unpack import unpack
from harness.interpreters.tarball import tarfile

if TYPE_CHECKING:
    from pathlib import Path


def tarball(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return path


def test_one_folder_of_sources_is_unpacked(tmp_path: Path) -> None:
    path = tarball(tmp_path / "a.tar", "Python-1/configure", "./Python-1/Lib/a.py")
    folder = unpack(path, tmp_path / "new" / "out")
    assert folder == tmp_path / "new" / "out" / "Python-1"
    assert (folder / "Lib" / "a.py").is_file()


@pytest.mark.parametrize("names", [("a/x", "b/x"), ("file",), ()])
def test_anything_else_than_one_folder_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(InterpreterError, match="does not contain exactly one folder"):
        unpack(tarball(tmp_path / "a.tar", *names), tmp_path / "out")
