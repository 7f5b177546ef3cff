"""The source provider from tarball to cache, with sources that build in no time."""

from __future__ import annotations

import hashlib
import tarfile
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.answers import CanGet
from harness.interpreters.catalogue import Catalogue, Source, catalogue
from harness.interpreters.providers import source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.interpreters.progress import Progress
    from harness.model import Build

CONFIGURE = """#!/bin/sh
cat > Makefile <<'END'
all:
\t@echo gcc -c -o Objects/a.o Objects/a.c
install:
\tmkdir -p $(DESTDIR)/gilscope/bin && cp python $(DESTDIR)/gilscope/bin/python3.14
END
"""


def tarball(path: Path, python: str) -> str:
    """Write sources whose ``make`` installs this script; return their checksum."""
    with tarfile.open(path, "w:xz") as archive:
        for name, text in (("configure", CONFIGURE), ("python", python)):
            member = tarfile.TarInfo(f"Python-3.14.9/{name}")
            member.size, member.mode = len(text), 0o755
            archive.addfile(member, BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(
    monkeypatch: pytest.MonkeyPatch, root: Path, *sources: Source
) -> tuple[Build, list[Progress]]:
    rows = Catalogue(interpreters=catalogue().interpreters, sources=sources)
    monkeypatch.setattr(source, "catalogue", lambda: rows)
    told: list[Progress] = []
    target = rows.target("3.14")
    assert target is not None
    answer = source.answer(target, root=root)
    assert isinstance(answer, CanGet)
    return answer.get(told.append), told


def test_a_tarball_becomes_a_cached_interpreter(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "sources.tar.xz"
    sha256 = tarball(path, fake().read_text())
    good = Source(python="3.14", version="3.14.9", sha256=sha256, urls=(path.as_uri(),))
    gone = Source(python="3.14", version="3.14.10", sha256=sha256, urls=())
    made, told = build(monkeypatch, tmp_path / "cache", gone, good)
    assert made.provenance.source == "Python-3.14.9.tar.xz"
    assert made.provenance.sha256 == sha256
    fractions = [one.fraction or 0.0 for one in told]
    assert fractions == sorted(fractions)
    assert list((tmp_path / "cache" / "tmp").iterdir()) == []

    again, told = build(monkeypatch, tmp_path / "cache", good)
    assert again == made
    assert told == []


def test_a_tarball_that_was_changed_is_never_built(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "sources.tar.xz"
    tarball(path, fake().read_text())
    bad = Source(python="3.14", version="3.14.9", sha256="0" * 64, urls=(path.as_uri(),))
    with pytest.raises(InterpreterError, match=r"no source of 3\.14: .*wrong checksum"):
        build(monkeypatch, tmp_path / "cache", bad)
    assert list(tmp_path.glob("cache/interpreters/*")) == []
