"""The one gate that every archive from elsewhere passes: sources and packed interpreters."""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import lzma
import random
import zipfile
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.tarball import Limits, extract, stays_inside, tarfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = Limits(members=100, size_bytes=10_000_000)
CONTENT = b"sources" * 1000
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".xz": lzma.compress,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".tar": bytes,
}
LINK, HARD_LINK = tarfile.SYMTYPE, tarfile.LNKTYPE


def a_file(name: str, content: bytes = CONTENT) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def a_member(name: str, kind: bytes, to: str = "") -> tuple[tarfile.TarInfo, bytes]:
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


@pytest.fixture(params=["any top", "one top"])
def unpack(request: pytest.FixtureRequest) -> Callable[[Path, Path], None]:
    """Extract as it is done for sources, and for packs."""
    if request.param == "one top":
        return functools.partial(extract, limits=LIMITS, top="prefix", skip="head")
    return functools.partial(extract, limits=LIMITS)


@pytest.mark.parametrize("suffix", COMPRESS)
def test_files_and_links_within_are_extracted(
    tmp_path: Path, unpack: Callable[[Path, Path], None], suffix: str
) -> None:
    path = tarball(
        tmp_path / f"a{suffix}",
        a_file("prefix/configure"),
        a_file("./prefix/Lib/a..b.py"),
        a_member("prefix/Lib/link", LINK, "../configure"),
        a_member("prefix/Lib/same", HARD_LINK, "prefix/configure"),
        a_file("prefix/lib/CaSe"),
        a_file("prefix/lib/case"),
    )
    unpack(path, tmp_path / "out")
    folder = tmp_path / "out" / "prefix"
    for name in ("configure", "Lib/a..b.py", "Lib/link", "Lib/same", "lib/CaSe"):
        assert (folder / name).read_bytes() == CONTENT
    assert (folder / "Lib" / "link").is_symlink()


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ([a_file("prefix/../../evil")], "'prefix/../../evil' leads outside"),
        ([a_file("../evil")], "leads outside"),
        ([a_file("/etc/evil")], "is an absolute path"),
        ([a_file("C:\\evil")], "is an absolute path"),
        ([a_file("\\evil")], "is an absolute path"),
        ([a_file("prefix/..\\..\\evil")], "leads outside"),
        ([a_member("prefix", LINK, "/")], "is in it twice"),
        ([a_member("prefix/a", LINK, "/etc/passwd")], "the link 'prefix/a' leads outside"),
        ([a_member("prefix/a", LINK, "..")], "leads outside"),
        ([a_member("prefix/a", LINK, "../../secret")], "leads outside"),
        ([a_member("prefix/a", LINK, "b/../../../x")], "leads outside"),
        (
            [
                a_member("prefix/x/y/z", tarfile.DIRTYPE),
                a_member("prefix/q", tarfile.DIRTYPE),
                a_member("prefix/x/y/z/up", LINK, "../../../q"),
                a_member("prefix/evil", LINK, "x/y/z/up/../../etc"),
            ],
            "the link 'prefix/evil' leads outside",
        ),
        ([a_member("prefix/a", HARD_LINK, "/etc/passwd")], "is an absolute path"),
        ([a_member("prefix/a", HARD_LINK, "../../secret")], "leads outside"),
        ([a_member("prefix/a", HARD_LINK, "prefix/b")], "leads to no file before it"),
        (
            [a_member("prefix/a", LINK, "b"), a_member("prefix/c", HARD_LINK, "prefix/a")],
            "leads to no file before it",
        ),
        (
            [a_member("prefix/a", LINK, "bin"), a_file("prefix/a/evil")],
            "would be written through a link",
        ),
        (
            [a_member("prefix/a", LINK, "bin"), a_file("prefix/A/evil")],
            "would be written through a link",
        ),
        ([a_member("prefix/a", LINK, "evil"), a_file("prefix/a")], "is in it twice"),
        ([a_file("prefix/a"), a_member("prefix/a", LINK, "bin")], "is in it twice"),
        ([a_file("prefix/a/b"), a_file("prefix/a")], "is in it twice"),
        ([a_file("prefix/a"), a_file("prefix/a/b")], "is in it twice"),
        ([a_file("prefix/a"), a_member("prefix/a", tarfile.DIRTYPE)], "is in it twice"),
        ([a_member("prefix/a", tarfile.CHRTYPE)], "special"),
        ([a_member("prefix/a", tarfile.FIFOTYPE)], "special"),
    ],
)
def test_a_hostile_archive_writes_nothing_elsewhere(
    tmp_path: Path,
    unpack: Callable[[Path, Path], None],
    members: list[tuple[tarfile.TarInfo, bytes]],
    problem: str,
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "secret").write_text("secret")
    path = tarball(tmp_path / "a.xz", a_file("prefix/first"), *members)
    with pytest.raises(InterpreterError) as refused:
        unpack(path, tmp_path / "deep" / "out")
    assert str(refused.value).startswith("a.xz is not safe to unpack: ")
    assert problem in str(refused.value)
    assert str(refused.value).endswith("; get it from its maker again")
    assert list(tmp_path.rglob("*evil*")) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xz", "deep", "secret"]


@pytest.mark.parametrize("name", ["evil", "build.json", "./evil", "head/evil"])
def test_only_members_below_the_top_are_extracted(tmp_path: Path, name: str) -> None:
    path = tarball(tmp_path / "a.gz", a_file("head"), a_file("prefix/x"), a_file(name))
    with pytest.raises(InterpreterError, match="leads outside"):
        extract(path, tmp_path / "out", limits=LIMITS, top="prefix", skip="head")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["prefix"]


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(members=9, size_bytes=len(CONTENT)), "more than 9 files or 0 GB"),
        (Limits(members=1, size_bytes=2_000_000_000), "more than 1 files or 2 GB"),
    ],
)
def test_an_archive_that_would_fill_the_disk_is_refused(
    tmp_path: Path, limits: Limits, problem: str
) -> None:
    bomb = tarball(tmp_path / "bomb.xz", a_file("prefix/a"), a_file("prefix/b"))
    with pytest.raises(InterpreterError, match=rf"bomb\.xz is not safe .* {problem}"):
        extract(bomb, tmp_path / "out", limits=limits)
    assert not (tmp_path / "out" / "prefix" / "b").exists()


@pytest.mark.parametrize("content", [b"", b"no tarball", b"PK\x03\x04" + b"x" * 2000])
def test_a_file_that_is_no_archive_is_said_to_be_none(
    tmp_path: Path, unpack: Callable[[Path, Path], None], content: bytes
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(InterpreterError, match=r"^notes\.txt is not a tar archive, .*: give"):
        unpack(path, tmp_path / "out")


def test_a_zip_is_not_a_tar_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("prefix/configure", CONTENT)
    with pytest.raises(InterpreterError, match=r"give a \.tar, "):
        extract(tmp_path / "a.zip", tmp_path / "out", limits=LIMITS)


def a_large_tarball(path: Path) -> bytearray:
    """Return what cannot be compressed, so that its last part is in a member's middle."""
    content = random.Random(0).randbytes(1_300_000)  # noqa: S311  # no secret
    tarball(path, a_file("prefix/x", content), a_file("prefix/y"))
    return bytearray(path.read_bytes())


@pytest.mark.parametrize("suffix", COMPRESS)
def test_an_archive_that_was_cut_is_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(a_large_tarball(path)[:-100_000])
    with pytest.raises(InterpreterError, match=rf"a\{suffix} cannot be unpacked, it is damaged"):
        extract(path, tmp_path / "out", limits=LIMITS)


@pytest.mark.parametrize("suffix", [".xz", ".gz", ".bz2"])
def test_an_archive_that_was_altered_is_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    data = a_large_tarball(path)
    data[-100_000:-99_900] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(InterpreterError, match=rf"a\{suffix} cannot be unpacked, it is damaged"):
        extract(path, tmp_path / "out", limits=LIMITS)


def test_an_archive_that_goes_on_after_its_end_is_damaged(tmp_path: Path) -> None:
    path = tarball(tmp_path / "a.tar", a_file("prefix/x"), a_file("prefix/y"))
    data = path.read_bytes()
    header = data.index(b"prefix/y")
    spoilt = data[:header] + b"prefix/z" + data[header + 8 :]  # not what its checksum says
    path.write_bytes(spoilt + bytes(2_000_000))
    with pytest.raises(InterpreterError, match="unexpected data after the last member"):
        extract(path, tmp_path / "out", limits=LIMITS)


def test_a_name_that_no_disk_takes_is_the_fault_of_the_archive(
    tmp_path: Path, unpack: Callable[[Path, Path], None]
) -> None:
    path = tarball(tmp_path / "a.xz", a_file(f"prefix/{'x' * 300}"))
    with pytest.raises(InterpreterError, match=r"damaged or incomplete: .*too long"):
        unpack(path, tmp_path / "out")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"gone\.xz cannot be read: No such file"):
        extract(tmp_path / "gone.xz", tmp_path / "out", limits=LIMITS)


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("top/a", "b", True),
        ("top/x/a", "../b", True),
        ("top/x/a", "../../b", False),
        ("top/a", "..", False),
        ("top", "/", False),
        ("top", "b", False),
        ("./top/a", "..", False),
        ("top/x/y/a", "../b/../../..", False),
        ("top/a", "/b", False),
    ],
)
def test_a_link_stays_inside_by_its_text_alone(name: str, target: str, *, expected: bool) -> None:
    assert stays_inside(name, target) is expected
