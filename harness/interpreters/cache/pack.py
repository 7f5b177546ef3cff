"""Pack a cached build into one file, and read such a file safely."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import lzma
import os
import platform
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ConfigError, InterpreterError
from harness.files import decoded
from harness.interpreters import tarball
from harness.interpreters.cache import locks
from harness.interpreters.cache.entries import Entry, entry_folder, find_key, is_inside, read_entry
from harness.interpreters.tarball import DAMAGE, Limits, stays_inside, tarfile
from harness.invocation import to_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Head", "extract", "pack", "read_head"]

FORMAT = 1
_HEAD = "gilscope-pack.json"
_TOP = "prefix"
LIMITS = Limits(members=100_000, size_bytes=1_000_000_000)
"""Ten times the size of an interpreter."""
_ENDINGS = (".tar.xz", ".tar.gz")
_MAX_HEAD_BYTES = 1 << 20
_LEFT_OUT = "__pycache__"
"""Python makes it again, and it contains the names of local folders."""
_KEY_NAME = re.compile(r"[^\W_][\w.+~@-]{0,99}", re.ASCII)
_FOLDERS = re.compile(r"(?:file://|(?<=-[IL])|(?<![\w./~]))~?(?!//)/(?:[^\s/:;,'\"=]+/)+", re.ASCII)
"""The folders of an absolute path, but not of a URL."""
_HINT = f"give a file made by {to_type('interpreters', '--pack')}"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The metadata of a pack: its first member."""

    format: int
    system: str
    """``platform.system()``, such as ``Linux`` or ``Darwin``."""
    architecture: str
    entry: Entry


class _Format(msgspec.Struct):
    format: int


@dataclass(frozen=True, kw_only=True)
class PackedFile:
    """A pack that was written."""

    path: Path
    size_bytes: int
    entry: Entry


def pack(
    root: Path,
    entry_id: str,
    file: Path,
    *,
    on_share: Callable[[float], None] = lambda _: None,
) -> PackedFile:
    """Write the entry whose key starts with ``entry_id`` into ``file``.

    Raises ``ConfigError`` for an unknown entry or an unusable file name.
    """
    _refuse_target(file)
    key = find_key(root, entry_id)
    folder = entry_folder(root, key)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with locks.shared_lock(root, key):
        entry = read_entry(folder)
        if entry is None:
            raise InterpreterError(f"{key} is not complete: get it again before packing it")
        if Path(entry.executable).parts[0] != _TOP:
            raise InterpreterError(f"{key} cannot be packed: its executable is not in {_TOP}/")
        members = list(_members(folder))
        entry = _without_folders(entry, size_bytes=sum(info.size for _, info in members))
        try:
            with _compressed(temporary, ending=file.name) as archive:
                _write(archive, entry, members, on_share=on_share)
            _refuse_target(file)
            temporary.rename(file)
        except OSError as error:
            raise InterpreterError(
                f"{file} cannot be written ({error.strerror or error}): choose another place"
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
    return PackedFile(path=file, size_bytes=file.stat().st_size, entry=entry)


def read_head(path: Path) -> Head:
    """Return a pack's metadata; raise ``InterpreterError`` if the pack cannot be used here."""
    head = _decoded(path, _head_bytes(path))
    here = f"{platform.machine()} {platform.system()}"
    if (there := f"{head.architecture} {head.system}") != here:
        raise InterpreterError(
            f"{path} is for {there}, and this machine is {here}: pack one on such a machine"
        )
    return head


def extract(path: Path, folder: Path) -> None:
    """Extract everything but the metadata into ``folder``, which gets a ``prefix``.

    Raises ``InterpreterError`` and ``OSError`` as ``tarball.extract`` does.
    """
    tarball.extract(path, folder, limits=LIMITS, top=_TOP, skip=_HEAD)


def _refuse_target(file: Path) -> None:
    if not file.name.endswith(_ENDINGS):
        raise ConfigError(f"{file}: the name of a pack ends in {' or '.join(_ENDINGS)}")
    if os.path.lexists(file):
        raise ConfigError(f"{file} exists already: choose another name or remove it first")
    if not os.path.isdir(file.parent):  # noqa: PTH112  # never raises
        raise ConfigError(f"{file}: there is no folder {file.parent}: make it first")


def _members(folder: Path) -> Iterator[tuple[Path, tarfile.TarInfo]]:
    """Yield the members to pack, with headers that do not reveal who packed them."""
    packed: dict[tuple[int, int], str] = {}
    paths = [folder / _TOP, *sorted((folder / _TOP).rglob("*"))]
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if _LEFT_OUT in path.parts[len(folder.parts) :]:
            continue
        status = path.lstat()
        info = tarfile.TarInfo(name)
        info.mtime = int(status.st_mtime)
        info.mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
        if stat.S_ISDIR(status.st_mode):
            info.type, info.mode = tarfile.DIRTYPE, 0o755
        elif stat.S_ISLNK(status.st_mode):
            target = os.readlink(path)  # noqa: PTH115  # as written
            is_absolute = os.path.isabs(target)  # noqa: PTH117
            info.linkname = os.path.relpath(target, path.parent) if is_absolute else target
            info.type, info.mode = tarfile.SYMTYPE, 0o777
            if not stays_inside(name, info.linkname):
                continue  # its target is not in the pack anyway
        elif not stat.S_ISREG(status.st_mode):
            continue
        elif (first := packed.setdefault((status.st_dev, status.st_ino), name)) == name:
            info.size = status.st_size
        else:
            info.type, info.linkname = tarfile.LNKTYPE, first
        yield path, info


def _without_folders(entry: Entry, *, size_bytes: int) -> Entry:
    """Drop private folders from options such as ``CC=/home/me/bin/gcc``."""
    bare = functools.partial(_FOLDERS.sub, "")
    recipe = entry.recipe
    origin = recipe.provenance
    recipe = msgspec.structs.replace(
        recipe,
        provenance=msgspec.structs.replace(origin, source=bare(origin.source)),
        flags=tuple(bare(flag) for flag in recipe.flags),
        compiler=bare(recipe.compiler),
    )
    return msgspec.structs.replace(entry, recipe=recipe, size_bytes=size_bytes)


@contextlib.contextmanager
def _compressed(temporary: Path, *, ending: str) -> Iterator[tarfile.TarFile]:
    with contextlib.ExitStack() as stack:
        raw = stack.enter_context(temporary.open("xb"))
        # tarfile would put the file's name and the time into the gzip header.
        stream = stack.enter_context(
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
            if ending.endswith(".gz")
            else lzma.open(raw, "wb")  # noqa: SIM115  # the stack closes it
        )
        yield stack.enter_context(tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT))


def _write(
    archive: tarfile.TarFile,
    entry: Entry,
    members: list[tuple[Path, tarfile.TarInfo]],
    *,
    on_share: Callable[[float], None],
) -> None:
    head = Head(
        format=FORMAT,
        system=platform.system(),
        architecture=entry.recipe.architecture or platform.machine(),
        entry=entry,
    )
    content = msgspec.json.format(msgspec.json.encode(head), indent=1)
    first = tarfile.TarInfo(_HEAD)
    first.size = len(content)
    archive.addfile(first, io.BytesIO(content))
    done = 0

    class Counted(io.BufferedReader):
        """A file that reports how much was read: compressing a large file takes long."""

        def read(self, size: int | None = -1, /) -> bytes:
            """Read, and report the share of the whole."""
            nonlocal done
            content = super().read(size)
            done += len(content)
            on_share(min(1.0, done / max(1, entry.size_bytes)))
            return content

    for path, info in members:
        if info.isreg():
            with Counted(io.FileIO(path)) as file:
                archive.addfile(info, file)
        else:
            archive.addfile(info)
    on_share(1.0)


def _head_bytes(path: Path) -> bytes:
    if not os.path.isfile(path):  # noqa: PTH113  # never raises
        problem = "is a directory" if os.path.isdir(path) else "does not exist"  # noqa: PTH112
        raise InterpreterError(f"{path} {problem}: {_HINT}")
    try:
        with tarfile.open(path) as archive:
            first = archive.next()
            if first is None or first.name != _HEAD or not first.isreg():
                raise InterpreterError(
                    f"{path} is a tarball that was not made by --pack; if it contains CPython's "
                    f"sources, write src:{path}"
                )
            content = archive.extractfile(first)
            assert content is not None  # noqa: S101  # it is a regular file
            return content.read(_MAX_HEAD_BYTES)
    except tarfile.ReadError:
        raise InterpreterError(f"{path} is not a tarball, or is damaged: {_HINT}") from None
    except (*DAMAGE, gzip.BadGzipFile):
        raise InterpreterError(f"{path} is damaged: copy or pack it again") from None
    except OSError as error:
        raise InterpreterError(f"{path} cannot be read ({error.strerror}): {_HINT}") from None


def _decoded(path: Path, content: bytes) -> Head:
    try:
        number = decoded(content, _Format).format
        if number > FORMAT:
            raise InterpreterError(
                f"{path} was packed by a newer Gilscope (format {number}, this version reads "
                f"{FORMAT}): update Gilscope"
            )
        head = decoded(content, Head)
    except ValueError:
        head = None
    if head is None or not _is_sane(head):
        raise InterpreterError(f"{path}: its {_HEAD} cannot be used: pack it again")
    return head


def _is_sane(head: Head) -> bool:
    """Return whether the metadata names only paths inside and has only printable texts."""
    recipe, entry = head.entry.recipe, head.entry
    texts = (
        *recipe.flags,
        recipe.provenance.provider,
        recipe.provenance.source,
        recipe.compiler,
        recipe.libc,
        recipe.architecture,
        head.architecture,
        head.system,
        entry.executable,
        entry.implementation,
        entry.python_version,
    )
    return (
        _KEY_NAME.fullmatch(recipe.name) is not None
        and is_inside(entry.executable)
        and Path(entry.executable).parts[0] == _TOP
        and all(text.isprintable() for text in texts)
    )
