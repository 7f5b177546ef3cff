from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.building.sources import refuse_unless_cpython, unpack
from harness.interpreters.tarball import tarfile

if TYPE_CHECKING:
    from pathlib import Path


def tree(folder: Path, *, patchlevel: str | None, configure: str | None = "#!/bin/sh\n") -> Path:
    (folder / "Include").mkdir()
    for path, text in (
        (folder / "Include/patchlevel.h", patchlevel),
        (folder / "configure", configure),
    ):
        if text is not None:
            path.write_text(text)
    return folder


@pytest.mark.parametrize("version", ["3.14.7", "3.15.0a1+", "3.9.0rc2"])
def test_sources_of_any_version_are_recognised(tmp_path: Path, version: str) -> None:
    text = f'#define PY_MINOR_VERSION 1\n/*--end*/\n#define PY_VERSION      \t"{version}"\n/*\xe9*/'
    folder = tree(tmp_path, patchlevel=text)
    refuse_unless_cpython(folder, title="it")


@pytest.mark.parametrize(
    ("patchlevel", "configure", "missing"),
    [
        (None, "", "no Include/patchlevel.h"),
        ('#define PY_VERSION "3.14.7"', None, "no configure"),
        ("#define PY_MAJOR_VERSION 3", "", "no PY_VERSION in Include/patchlevel.h"),
        ('#define PY_VERSION "3.1/../x"', "", "no PY_VERSION in Include/patchlevel.h"),
    ],
)
def test_other_sources_are_refused(
    tmp_path: Path, patchlevel: str | None, configure: str | None, missing: str
) -> None:
    folder = tree(tmp_path, patchlevel=patchlevel, configure=configure)
    with pytest.raises(InterpreterError) as refused:
        refuse_unless_cpython(folder, title="pypy.tar.gz")
    assert str(refused.value) == f"pypy.tar.gz has no CPython sources ({missing})"


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
