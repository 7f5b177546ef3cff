from __future__ import annotations

import gzip
import io
import json
import lzma
import os
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.errors import ConfigError, InterpreterError
from harness.interpreters.cache.entries import Recipe, Workspace, entries, keys, make_once
from harness.interpreters.cache.pack import FORMAT, extract, pack, read_head
from harness.interpreters.getting import relocate as relocating
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.requirement import Packed, Requirement
from harness.interpreters.progress import ignore
from harness.interpreters.providers import cached, packed
from harness.interpreters.providers.answer import Found, Obtainable, Unobtainable
from harness.interpreters.tarball import tarfile
from harness.model import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.progress import Progress
    from harness.interpreters.providers.answer import Answer
    from harness.model import Build

HEAD = "gilscope-pack.json"
RECIPE = Recipe(
    name="cpython-3.14.7",
    provenance=Provenance(provider="source", source="Python-3.14.7.tar.xz", sha256="00"),
    flags=("--enable-optimizations", "CC=/home/someone/bin/gcc"),
    compiler="gcc 12",
    libc="glibc 2.36",
    architecture=platform.machine(),
)


def member(name: str, content: bytes = b"", **values: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in values.items():
        setattr(info, key, value)
    return info, content


def write_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    compressed = lzma.open if path.suffix == ".xz" else gzip.open
    with compressed(path, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def head(**changes: Any) -> tuple[tarfile.TarInfo, bytes]:
    entry = {
        "recipe": msgspec.to_builtins(RECIPE),
        "executable": "prefix/bin/python",
        "duration_s": 1.0,
        "created": "2026-01-01T00:00:00+00:00",
        "implementation": "cpython",
        "python_version": "3.14.7",
        "is_free_threaded": False,
        "is_debug": False,
    }
    content = {
        "format": FORMAT,
        "system": platform.system(),
        "architecture": platform.machine(),
        "entry": entry | changes.pop("entry", {}),
    }
    return member(HEAD, json.dumps(content | changes).encode())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return tmp_path / "another machine"


@pytest.fixture
def kept(fake: Callable[..., Path], root: Path) -> Build:
    """Keep an entry with links, a second name and bytecode."""

    def make(workspace: Workspace) -> Path:
        bin_folder = workspace.prefix / "bin"
        (bin_folder / "__pycache__").mkdir(parents=True)
        (bin_folder / "__pycache__" / "x.pyc").write_text("/home/someone")
        executable = Path(shutil.copy(fake(), bin_folder / "python"))
        (bin_folder / "python3").symlink_to("python")
        (bin_folder / "absolute").symlink_to(executable)
        (bin_folder / "outside").symlink_to("/etc/passwd")
        (bin_folder / "same").hardlink_to(executable)
        (workspace.prefix / "empty").mkdir()
        os.mkfifo(bin_folder / "pipe")
        return executable

    return make_once(root, RECIPE, make=make)


def ask(path: Path, root: Path, **options: Any) -> Answer:
    return packed.answer(Requirement(what=Packed(path=path), **options), root=root)


def get(path: Path, root: Path) -> Build:
    answer = ask(path, root)
    assert isinstance(answer, Obtainable), answer
    return answer.get(ignore)


@pytest.mark.parametrize("ending", ["tar.xz", "tar.gz"])
def test_what_was_packed_runs_elsewhere(
    kept: Build, root: Path, elsewhere: Path, tmp_path: Path, ending: str
) -> None:
    shares: list[float] = []
    done = pack(root, "cpython", tmp_path / f"one.{ending}", on_share=shares.append)
    assert done.size_bytes == done.path.stat().st_size
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    build = get(done.path, elsewhere)
    assert build.version == kept.version
    assert build.provenance.provider == "packed"
    assert build.provenance.source == "source: Python-3.14.7.tar.xz"
    assert Path(build.path).is_relative_to(elsewhere)
    (_, entry) = next(entries(elsewhere))
    assert not entry.is_standard
    assert entry.recipe.flags == ("--enable-optimizations", "CC=gcc")
    assert (entry.recipe.compiler, entry.recipe.libc) == (RECIPE.compiler, RECIPE.libc)

    bin_folder = Path(build.path).parent
    assert sorted(path.name for path in bin_folder.iterdir()) == [
        "absolute",
        "python",
        "python3",
        "same",
    ]
    assert str((bin_folder / "absolute").readlink()) == "python"
    assert (bin_folder / "same").samefile(bin_folder / "python")
    assert (bin_folder.parent / "empty").is_dir()


def test_a_pack_says_nothing_of_who_made_it(kept: Build, root: Path, tmp_path: Path) -> None:
    file = pack(root, "cpython", tmp_path / "one.tar.gz").path
    with tarfile.open(file) as archive:
        members = archive.getmembers()
        first = archive.extractfile(members[0])
        assert first is not None
        assert b"/home" not in first.read()
    assert members[0].name == HEAD
    assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")}
    assert not any(str(tmp_path) in m.name + m.linkname for m in members)
    # Neither does the header of gzip: no name and no time.
    assert file.read_bytes()[3:8] == b"\0" * 5
    again = pack(root, "cpython", tmp_path / "two.tar.gz").path
    assert again.read_bytes() == file.read_bytes()
    assert Path(kept.path).exists()


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("CFLAGS=-I/home/me/include -O2", "CFLAGS=-Iinclude -O2"),
        ("--with-openssl=/opt/own/ssl", "--with-openssl=ssl"),
        ("CC=~/bin/gcc", "CC=gcc"),
        ("file:///home/me/cpython", "cpython"),
        ("https://github.com/python/cpython", "https://github.com/python/cpython"),
    ],
)
def test_folders_are_dropped_from_options(
    fake: Callable[..., Path], root: Path, tmp_path: Path, flag: str, expected: str
) -> None:
    def make(workspace: Workspace) -> Path:
        workspace.prefix.mkdir()
        return Path(shutil.copy(fake(), workspace.prefix / "python"))

    make_once(root, msgspec.structs.replace(RECIPE, flags=(flag,)), make=make)
    done = pack(root, "cpython", tmp_path / "one.tar.gz")
    assert done.entry.recipe.flags == (expected,)


def test_a_pack_is_never_what_a_name_means(
    kept: Build, root: Path, elsewhere: Path, tmp_path: Path
) -> None:
    target = catalogue().target("3.14")
    assert target is not None
    requirement = Requirement(what=target)
    assert cached.answer(requirement, root=root) == Found(builds=(kept,))
    get(pack(root, "cpython", tmp_path / "one.tar.gz").path, elsewhere)
    assert isinstance(cached.answer(requirement, root=elsewhere), Unobtainable)


def test_what_is_unpacked_is_not_unpacked_again(
    kept: Build, root: Path, elsewhere: Path, tmp_path: Path
) -> None:
    file = pack(root, "cpython", tmp_path / "one.tar.gz").path
    build = get(file, elsewhere)
    assert ask(file, elsewhere) == Found(builds=(build,))
    Path(build.path).write_text("#!/bin/sh\nexit 1\n")
    assert get(file, elsewhere).version == kept.version


def test_a_second_packing_keeps_the_first_origin(
    kept: Build, root: Path, elsewhere: Path, tmp_path: Path
) -> None:
    get(pack(root, "cpython", tmp_path / "one.tar.gz").path, elsewhere)
    again = pack(elsewhere, "cpython", tmp_path / "two.tar.gz").path
    assert get(again, tmp_path / "third").provenance.source == "source: Python-3.14.7.tar.xz"
    assert kept.provenance.provider == "source"


def test_its_own_loader_is_patched_in_at_the_new_place(
    fake: Callable[..., Path],
    root: Path,
    elsewhere: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def make(workspace: Workspace) -> Path:
        executable = workspace.prefix / "usr" / "bin" / "pypy3"
        executable.parent.mkdir(parents=True)
        loader = workspace.prefix / "usr" / "lib64" / "ld-linux-x86-64.so.2"
        loader.parent.mkdir(parents=True)
        loader.touch()
        return Path(shutil.copy(fake(), executable))

    relocated: list[tuple[Path, str]] = []

    def relocate(prefix: Path, *, command: str) -> Path:
        relocated.append((prefix, command))
        return prefix / "usr" / "bin" / command

    monkeypatch.setattr(relocating, "relocate", relocate)
    make_once(root, RECIPE, make=make)
    answer = ask(pack(root, "cpython", tmp_path / "one.tar.gz").path, elsewhere)
    assert isinstance(answer, Obtainable)
    told: list[Progress] = []
    build = answer.get(told.append)
    assert relocated == [(Path(build.path).parents[2], "pypy3")]
    assert [one.phase for one in told] == ["unpacking", "relocating"]


def test_what_is_being_written_is_gone_when_it_fails(
    kept: Build, root: Path, tmp_path: Path
) -> None:
    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        pack(root, "cpython", folder / "one.tar.xz", on_share=stop)
    assert list(folder.iterdir()) == []
    assert Path(kept.path).exists()


def test_a_place_that_cannot_be_packed_into_is_refused(
    kept: Build, root: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.tar.xz"
    there.write_text("mine")
    for file, message in (
        (there, "exists already"),
        (tmp_path / "one.zip", r"ends in \.tar\.xz or \.tar\.gz"),
        (tmp_path / "none" / "one.tar.xz", "there is no folder"),
    ):
        with pytest.raises(ConfigError, match=message):
            pack(root, "cpython", file)
    assert there.read_text() == "mine"
    assert Path(kept.path).exists()


def test_an_incomplete_entry_cannot_be_packed(kept: Build, root: Path, tmp_path: Path) -> None:
    next(root.glob("interpreters/*/build.json")).unlink()
    with pytest.raises(InterpreterError, match="not complete"):
        pack(root, "cpython", tmp_path / "one.tar.xz")
    assert Path(kept.path).exists()


def test_other_requests_are_not_for_this_provider(tmp_path: Path, root: Path) -> None:
    answer = packed.answer(Requirement(what=catalogue().interpreters[0]), root=root)
    assert isinstance(answer, Unobtainable)
    file = write_tar(tmp_path / "one.tar.gz", head())
    answer = ask(file, root, flags=("--with-lto",))
    assert isinstance(answer, Unobtainable)
    assert "leave out flags=" in answer.reason


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([head(architecture="sparc")], "is for sparc"),
        ([head(system="Plan9")], "Plan9"),
        ([head(format=FORMAT + 1)], "packed by a newer Gilscope"),
        ([head(format="1")], "cannot be used: pack it again"),
        ([head(entry={"executable": "../../bin/sh"})], "cannot be used"),
        ([head(entry={"executable": "/bin/sh"})], "cannot be used"),
        ([head(entry={"executable": "build.json"})], "cannot be used"),
        ([head(entry={"executable": "prefix/\0"})], "cannot be used"),
        ([head(entry={"python_version": "\x1b[2J"})], "cannot be used"),
        ([head(entry={"recipe": {**msgspec.to_builtins(RECIPE), "name": "../x"}})], "cannot be"),
        ([head(entry={"recipe": {**msgspec.to_builtins(RECIPE), "name": ".."}})], "cannot be"),
        ([member(HEAD, b"{}")], "cannot be used"),
        ([member(HEAD, b"[" * (2 << 20))], "cannot be used"),
        ([member(HEAD, type=tarfile.SYMTYPE, linkname="/etc/passwd")], "was not made by --pack"),
        ([member("Python-3.14.7/configure", b"#!")], "write src:"),
        ([], "was not made by --pack"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_once(
    tmp_path: Path, root: Path, content: list[tuple[tarfile.TarInfo, bytes]], message: str
) -> None:
    answer = ask(write_tar(tmp_path / "one.tar.gz", *content), root)
    assert isinstance(answer, Unobtainable)
    assert message in answer.reason
    assert not root.exists()


def test_what_is_no_tarball_is_refused_at_once(tmp_path: Path, root: Path) -> None:
    text = tmp_path / "text.tar.xz"
    text.write_text("no tarball")
    for path, message in (
        (text, "is not a tarball, or is damaged: give a file made by"),
        (tmp_path / "none.tar.xz", "does not exist: give a file made by"),
        (tmp_path, "is a directory: give a file made by"),
    ):
        answer = ask(path, root)
        assert isinstance(answer, Unobtainable)
        assert message in answer.reason


EXECUTABLE = member("prefix/bin/python", b"#!/bin/sh\nexit 1\n", mode=0o755)


@pytest.mark.parametrize(
    "hostile",
    [
        [member("evil", b"x")],
        [member("build.json", b"{}")],
        [member("prefix/a", type=tarfile.SYMTYPE, linkname="../..")],
    ],
)
def test_a_hostile_pack_writes_nothing_elsewhere(
    tmp_path: Path, root: Path, hostile: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    file = write_tar(tmp_path / "one.tar.gz", head(), EXECUTABLE, *hostile)
    answer = ask(file, root)
    assert isinstance(answer, Obtainable)
    with pytest.raises(InterpreterError, match="not safe to unpack"):
        answer.get(ignore)
    assert keys(root) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "one.tar.gz"]


def test_all_but_the_head_is_extracted(tmp_path: Path) -> None:
    file = write_tar(tmp_path / "one.tar.gz", head(), EXECUTABLE)
    extract(file, tmp_path / "out")
    assert (tmp_path / "out/prefix/bin/python").read_bytes() == EXECUTABLE[1]
    assert not (tmp_path / "out" / HEAD).exists()


@pytest.mark.parametrize("ending", ["xz", "gz"])
def test_a_truncated_pack_is_refused(tmp_path: Path, root: Path, ending: str) -> None:
    noise = member("prefix/noise", os.urandom(200_000))
    whole = write_tar(tmp_path / f"one.tar.{ending}", head(), EXECUTABLE, noise)
    whole.write_bytes(whole.read_bytes()[:-100_000])
    answer = ask(whole, root)
    assert isinstance(answer, Obtainable)
    with pytest.raises(InterpreterError, match="damaged or incomplete"):
        answer.get(ignore)
    assert keys(root) == []


def test_a_pack_that_is_spoilt_at_its_beginning_is_refused_at_once(
    tmp_path: Path, root: Path
) -> None:
    plain = write_tar(tmp_path / "one.tar.xz", head(), EXECUTABLE)
    content = bytearray(plain.read_bytes())
    content[40] ^= 0xFF
    plain.write_bytes(content)
    answer = ask(plain, root)
    assert isinstance(answer, Unobtainable)
    assert "is damaged" in answer.reason


def test_a_spoilt_pack_is_refused(tmp_path: Path, root: Path) -> None:
    # Larger than what is read at once when it is opened: its head is whole.
    noise = member("prefix/noise", os.urandom(1_000_000))
    plain = write_tar(tmp_path / "one.tar.xz", head(), EXECUTABLE, noise)
    content = bytearray(plain.read_bytes())
    content[-5_000] ^= 0xFF
    plain.write_bytes(content)
    answer = ask(plain, root)
    assert isinstance(answer, Obtainable)
    with pytest.raises(InterpreterError, match="is damaged"):
        answer.get(ignore)


@pytest.mark.parametrize(
    ("libc", "message"),
    [
        ("glibc 99.1", "it was built with glibc 99.1, which is newer than glibc 2.36"),
        ("glibc 2.4", "does not start here: pack one on a machine like this"),
        ("", "does not start here"),
    ],
)
def test_why_it_does_not_start_is_said(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, libc: str, message: str
) -> None:
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    recipe = {**msgspec.to_builtins(RECIPE), "libc": libc}
    file = write_tar(tmp_path / "one.tar.gz", head(entry={"recipe": recipe}), EXECUTABLE)
    with pytest.raises(InterpreterError, match=message):
        get(file, root)
    assert keys(root) == []


def test_the_head_is_read_without_unpacking_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "one.tar.gz"
    write_tar(file, head(), EXECUTABLE)
    whole = gzip.decompress(file.read_bytes())
    file.write_bytes(gzip.compress(whole[: 10 * 512]))
    assert read_head(file).entry.executable == "prefix/bin/python"
