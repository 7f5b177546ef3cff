"""The source provider from tarball to cache, with sources that build in no time."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters import parse
from harness.interpreters.naming.catalogue import Catalogue, Source, Target, catalogue
from harness.interpreters.naming.requirement import AtPath, Requirement
from harness.interpreters.providers import source
from harness.interpreters.providers.answer import Found, Obtainable, Unobtainable
from harness.interpreters.tarball import tarfile
from tests.unit.fakes import CPYTHON_CONFIGURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.progress import Progress
    from harness.model import Build


def tarball(path: Path, python: str) -> str:
    """Write sources whose ``make`` installs this script; return their checksum."""
    with tarfile.open(path, "w:xz") as archive:
        for name, text in (
            ("configure", CPYTHON_CONFIGURE),
            ("python", python),
            ("Include/patchlevel.h", '#define PY_VERSION "3.14.9"'),
        ):
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
    answer = source.answer(Requirement(what=target), root=root)
    assert isinstance(answer, Obtainable)
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


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("3.12", "source: no tarball of it in the catalogue"),
        ("3.14.1", "source: no tarball of 3.14.1, only of 3.14.7, 3.14.6, 3.14.5 in the catalogue"),
        ("3.14+jit", "source: builds a JIT only with ?flags=--enable-experimental-jit"),
        ("./python", ""),
    ],
)
def test_what_no_tarball_is_for_is_said(tmp_path: Path, spec: str, reason: str) -> None:
    answer = source.answer(parse(spec).requirement, root=tmp_path)
    assert isinstance(answer, Unobtainable)
    assert answer.reason.startswith(reason)
    assert bool(answer.reason) == bool(reason)


def test_a_jit_that_is_asked_for_with_flags_can_be_built(tmp_path: Path) -> None:
    spec = "3.14+jit?flags=--enable-experimental-jit=yes-off"
    assert isinstance(source.answer(parse(spec).requirement, root=tmp_path), Obtainable)


def test_a_build_with_options_is_found_once_it_is_made(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "sources.tar.xz"
    sha256 = tarball(path, fake().read_text())
    row = Source(python="3.14", version="3.14.9", sha256=sha256, urls=(path.as_uri(),))
    known = Catalogue(interpreters=catalogue().interpreters, sources=(row,))
    monkeypatch.setattr(source, "catalogue", lambda: known)
    asked = Requirement(what=catalogue_target("3.14"), flags=("--with-lto",))
    answer = source.answer(asked, root=tmp_path / "cache")
    assert isinstance(answer, Obtainable)
    made = answer.get(lambda _: None)
    assert source.answer(asked, root=tmp_path / "cache") == Found(builds=(made,))
    other = Requirement(what=catalogue_target("3.14"), flags=("--with-assertions",))
    assert isinstance(source.answer(other, root=tmp_path / "cache"), Obtainable)


def catalogue_target(name: str) -> Target:
    target = catalogue().target(name)
    assert target is not None
    return target


def test_one_release_is_built_from_its_own_tarball(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "sources.tar.xz"
    sha256 = tarball(path, fake().read_text())
    rows = [
        Source(python="3.14", version=version, sha256=sha256, urls=(path.as_uri(),))
        for version in ("3.14.8", "3.14.7")
    ]
    asked = parse("3.14.7").requirement
    known = Catalogue(interpreters=catalogue().interpreters, sources=tuple(rows))
    monkeypatch.setattr(source, "catalogue", lambda: known)
    answer = source.answer(asked, root=tmp_path / "cache")
    assert isinstance(answer, Obtainable)
    assert answer.get(lambda _: None).provenance.source == "Python-3.14.7.tar.xz"


def test_it_answers_for_sources_alone(tmp_path: Path) -> None:
    asked = Requirement(what=AtPath(path=Path("x")))
    assert source.answer(asked, root=tmp_path) == Unobtainable(reason="", is_final=True)
