"""Unpack a source tarball without letting it write anywhere else."""

from __future__ import annotations

import errno
import lzma
import re
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.tarball import tarfile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["unpack"]

# CPython is 120 MB in 5,000 members: whatever is beyond this is not its sources.
_MAX_BYTES = 2_000_000_000
_MAX_MEMBERS = 200_000
_MAX_PADDING = 1_000_000
# gzip and bzip2 give no number for wrong data; the others come of names that cannot be.
_ARCHIVE_ERRORS = {
    None,
    errno.EEXIST,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
}


def unpack(tarball: Path, folder: Path) -> Path:
    """Unpack into the empty ``folder``; return the single folder that the tarball holds.

    Raises ``InterpreterError`` for an archive that is unsafe, broken or none at all, and
    ``OSError`` when the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        archive = tarfile.open(tarball)  # closed below; its errors mean other things
    except tarfile.TarError:
        raise InterpreterError(
            f"{tarball.name} is no archive of sources, or a damaged one: "
            "give a .tar, .tar.gz, .tar.bz2 or .tar.xz"
        ) from None
    except (EOFError, lzma.LZMAError, zlib.error) as error:
        raise _damaged(tarball, error) from None
    except OSError as error:
        raise InterpreterError(f"{tarball} cannot be read: {error.strerror or error}") from None
    with archive:
        _extract(archive, tarball, folder)
    tops = list(folder.iterdir())
    if len(tops) != 1 or not tops[0].is_dir():
        raise InterpreterError(f"{tarball.name} does not hold one folder of sources")
    return tops[0]


def _extract(archive: tarfile.TarFile, tarball: Path, folder: Path) -> None:
    try:
        archive.extractall(folder, filter=_Gate(tarball.name))  # it is filtered
        _refuse_rest(archive)
    except tarfile.FilterError as error:
        raise _unsafe(tarball.name, str(error)) from None
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, ValueError) as error:
        raise _damaged(tarball, error) from None
    except OSError as error:
        if error.errno in _ARCHIVE_ERRORS:
            raise _damaged(tarball, error) from None
        raise


def _refuse_rest(archive: tarfile.TarFile) -> None:
    """Read on to the end of the file, where gzip and xz have the checksum of it all.

    Of itself tarfile stops at the last member, and also at a header it cannot read.
    """
    rest = archive.fileobj.read(_MAX_PADDING + 1) if archive.fileobj else b""
    if len(rest) > _MAX_PADDING:
        raise tarfile.ReadError("something follows after its end")


@dataclass
class _Gate:
    """A filter for ``extractall`` that is stricter than ``data``.

    That one refuses devices and links that lead outside, but it strips a leading slash
    without a word, knows no limit, and in Python releases before June 2025 a chain of links
    leads it outside (CVE-2025-4517). So here nothing is ever written through a link.
    """

    tarball: str
    members: int = 0
    size_bytes: int = 0
    links: set[PurePosixPath] = field(default_factory=set)

    def __call__(self, member: tarfile.TarInfo, folder: str, /) -> tarfile.TarInfo | None:
        self.members += 1
        self.size_bytes += member.size
        if self.members > _MAX_MEMBERS or self.size_bytes > _MAX_BYTES:
            raise _unsafe(
                self.tarball,
                f"it holds more than {_MAX_MEMBERS:,} files or {_MAX_BYTES / 1e9:.0f} GB",
            )
        self._refuse_outside(member.name)
        path = _path(member.name)
        if member.islnk():
            self._refuse_outside(member.linkname)
            self._refuse_behind_link(member.linkname)
        self._refuse_behind_link(member.name)
        if member.issym():
            self.links.add(path)
        return tarfile.data_filter(member, folder)

    def _refuse_outside(self, name: str) -> None:
        parts = re.split(r"[/\\]", name)
        if parts[0] == "" or re.match(r"[A-Za-z]:", name):
            raise _unsafe(self.tarball, f"{name!r} is an absolute path")
        if ".." in parts:
            raise _unsafe(self.tarball, f"{name!r} leads upwards")

    def _refuse_behind_link(self, name: str) -> None:
        path = _path(name)
        if not self.links.isdisjoint((path, *path.parents)):
            raise _unsafe(self.tarball, f"{name!r} would be written through a link")


def _path(name: str) -> PurePosixPath:
    # Some disks take "A" and "a" for one name.
    return PurePosixPath(name.casefold())


def _unsafe(name: str, wrong: str) -> InterpreterError:
    return InterpreterError(f"{name} is not safe to unpack: {wrong}; get it from its maker")


def _damaged(tarball: Path, error: Exception) -> InterpreterError:
    wrong = str(error).strip() or "it ends too early"
    return InterpreterError(
        f"{tarball.name} cannot be unpacked, it is damaged or cut short: {wrong}; get it again"
    )
