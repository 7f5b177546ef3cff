from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.getting import unpack as unpacking
from harness.interpreters.getting.unpack import unpack
from harness.interpreters.tarball import tarfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENT = b"sources" * 1000
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".xz": lzma.compress,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".tar": bytes,
}


def a_file(name: str, content: bytes = CONTENT) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def a_link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member, b""


def tarball(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    path.write_bytes(COMPRESS[path.suffix](plain.getvalue()))
    return path


@pytest.mark.parametrize("suffix", ["xz", "gz", "bz2", "tar"])
def test_one_folder_of_sources_is_unpacked(tmp_path: Path, suffix: str) -> None:
    path = tarball(
        tmp_path / f"a.{suffix}",
        a_file("Python-1/configure"),
        a_file("./Python-1/Lib/a..b.py"),
        a_link("Python-1/Lib/link", "../configure"),
    )
    folder = unpack(path, tmp_path / "new" / "out")
    assert folder == tmp_path / "new" / "out" / "Python-1"
    assert (folder / "Lib" / "link").read_bytes() == CONTENT


def test_a_member_that_leads_outside_is_refused(tmp_path: Path) -> None:
    path = tarball(tmp_path / "a.xz", a_file("Python-1/x"), a_file("Python-1/../../outside"))
    with pytest.raises(
        InterpreterError, match=r"a\.xz is not safe .*'Python-1/\.\./\.\./outside' leads upwards"
    ):
        unpack(path, tmp_path / "deep" / "out")
    assert {one.name for one in tmp_path.rglob("outside")} == set()


@pytest.mark.parametrize("name", ["{}/outside", "/{}/outside", r"C:\outside", r"\outside"])
def test_an_absolute_member_is_refused_and_not_renamed(tmp_path: Path, name: str) -> None:
    path = tarball(tmp_path / "a.xz", a_file("Python-1/x"), a_file(name.format(tmp_path)))
    with pytest.raises(InterpreterError, match=r"outside' is an absolute path; get it"):
        unpack(path, tmp_path / "deep" / "out")
    assert list(tmp_path.rglob("*outside*")) == []


@pytest.mark.parametrize(
    "link",
    [
        a_link("Python-1/link", "../../secret"),
        a_link("Python-1/link", "/etc/passwd"),
        a_link("Python-1/link", "../secret", tarfile.LNKTYPE),
        a_link("Python-1/link", "/etc/passwd", tarfile.LNKTYPE),
    ],
)
def test_a_link_that_leads_outside_is_refused(
    tmp_path: Path, link: tuple[tarfile.TarInfo, bytes]
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "secret").write_text("secret")
    path = tarball(tmp_path / "a.xz", link)
    with pytest.raises(InterpreterError, match=r"a\.xz is not safe to unpack"):
        unpack(path, tmp_path / "deep" / "out")
    assert list(tmp_path.rglob("link")) == []


@pytest.mark.parametrize(
    "second",
    [
        a_file("Python-1/link/x"),
        a_file("Python-1/link"),
        a_file("Python-1/LINK/x"),
        a_link("Python-1/hard", "Python-1/link", tarfile.LNKTYPE),
    ],
)
def test_nothing_is_written_through_a_link(
    tmp_path: Path, second: tuple[tarfile.TarInfo, bytes]
) -> None:
    path = tarball(tmp_path / "a.xz", a_link("Python-1/link", "real"), second)
    with pytest.raises(InterpreterError, match="would be written through a link"):
        unpack(path, tmp_path / "out")
    assert not (tmp_path / "out" / "Python-1" / "real").exists()


def test_a_device_is_refused(tmp_path: Path) -> None:
    path = tarball(tmp_path / "a.xz", a_link("Python-1/device", "", tarfile.CHRTYPE))
    with pytest.raises(InterpreterError, match="not safe to unpack"):
        unpack(path, tmp_path / "out")


def test_an_archive_that_would_fill_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tarball(tmp_path / "bomb.xz", a_file("Python-1/a"), a_file("Python-1/b"))
    monkeypatch.setattr(unpacking, "_MAX_BYTES", len(CONTENT))
    with pytest.raises(InterpreterError, match=r"bomb\.xz is not safe .* more than 200,000 files"):
        unpack(bomb, tmp_path / "out")
    assert not (tmp_path / "out" / "Python-1" / "b").exists()

    monkeypatch.undo()
    monkeypatch.setattr(unpacking, "_MAX_MEMBERS", 1)
    with pytest.raises(InterpreterError, match="more than 1 files or 2 GB"):
        unpack(bomb, tmp_path / "out2")


def test_something_else_than_one_folder_is_refused(tmp_path: Path) -> None:
    two = tarball(tmp_path / "two.xz", a_file("a/x"), a_file("b/x"))
    with pytest.raises(InterpreterError, match="does not hold one folder"):
        unpack(two, tmp_path / "out")
    with pytest.raises(InterpreterError, match="does not hold one folder"):
        unpack(tarball(tmp_path / "none.xz"), tmp_path / "out2")


@pytest.mark.parametrize("content", [b"", b"no tarball", b"PK\x03\x04" + b"x" * 2000])
def test_a_file_that_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(
        InterpreterError, match=r"^notes\.txt is no archive .* or a damaged one: give"
    ):
        unpack(path, tmp_path / "out")


def test_a_zip_is_no_archive_of_sources(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("Python-1/configure", CONTENT)
    with pytest.raises(InterpreterError, match=r"give a \.tar, "):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def a_large_tarball(path: Path) -> bytearray:
    """Return what cannot be compressed, so that its last part is in a member's middle."""
    content = random.Random(0).randbytes(1_300_000)  # noqa: S311  # no secret
    tarball(path, a_file("Python-1/x", content), a_file("Python-1/y"))
    return bytearray(path.read_bytes())


@pytest.mark.parametrize("suffix", ["xz", "gz", "bz2", "tar"])
def test_an_archive_that_was_cut_is_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(a_large_tarball(path)[:-100_000])
    with pytest.raises(InterpreterError, match=rf"a\.{suffix} cannot be unpacked, it is damaged"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("suffix", ["xz", "gz", "bz2"])
def test_an_archive_that_was_altered_is_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    data = a_large_tarball(path)
    data[-100_000:-99_900] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(InterpreterError, match=rf"a\.{suffix} cannot be unpacked, it is damaged"):
        unpack(path, tmp_path / "out")


def test_an_archive_that_goes_on_after_its_end_is_damaged(tmp_path: Path) -> None:
    path = tarball(tmp_path / "a.tar", a_file("Python-1/x"), a_file("Python-1/y"))
    data = path.read_bytes()
    header = data.index(b"Python-1/y")
    spoilt = data[:header] + b"Python-1/z" + data[header + 10 :]  # not what its checksum says
    path.write_bytes(spoilt + bytes(2_000_000))
    with pytest.raises(InterpreterError, match="something follows after its end"):
        unpack(path, tmp_path / "out")


def test_a_name_that_no_disk_takes_is_the_fault_of_the_archive(tmp_path: Path) -> None:
    path = tarball(tmp_path / "a.xz", a_file(f"Python-1/{'x' * 300}"))
    with pytest.raises(InterpreterError, match="too long"):
        unpack(path, tmp_path / "out")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"gone\.xz cannot be read: No such file"):
        unpack(tmp_path / "gone.xz", tmp_path / "out")
