from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.building.source_version import refuse_unless_cpython

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
def test_the_version_is_read_from_the_sources(tmp_path: Path, version: str) -> None:
    text = f'#define PY_MINOR_VERSION 1\n/*--end*/\n#define PY_VERSION      \t"{version}"\n/*\xe9*/'
    folder = tree(tmp_path, patchlevel=text)
    assert refuse_unless_cpython(folder, name="it") == version


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
        refuse_unless_cpython(folder, name="pypy.tar.gz")
    assert str(refused.value) == f"pypy.tar.gz has no CPython sources ({missing})"
