"""Extract a tar archive from elsewhere without letting it write anywhere else."""

from __future__ import annotations

import errno
import lzma
import re
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.errors import InterpreterError

if TYPE_CHECKING:
    import tarfile
    from pathlib import Path
else:
    import tarfile

    if not hasattr(tarfile, "data_filter"):  # Debian 12 has Python 3.11.2
        from backports import tarfile

__all__ = ["DAMAGE", "Limits", "extract", "stays_inside", "tarfile"]

DAMAGE = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, ValueError)
"""What reading a broken archive raises; gzip and bzip2 raise an OSError without a number."""
_DAMAGE_NUMBERS = {
    None,
    # Raised for member names that no file system takes.
    errno.EEXIST,
    errno.EILSEQ,
    errno.EINVAL,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
}
_MAX_PADDING = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Refuse an archive that contains more than this."""

    members: int
    size_bytes: int


def extract(path: Path, folder: Path, *, limits: Limits, top: str = "", skip: str = "") -> None:
    """Extract into ``folder``; only members below ``top`` if given, without the member ``skip``.

    Raises ``InterpreterError`` for an archive that is unsafe or damaged; the caller removes what
    was extracted until then. Raises ``OSError`` when the disk is full.
    """
    gate = _Gate(archive=path.name, limits=limits, top=top, skip=skip)
    try:
        archive = tarfile.open(path)  # closed below; its errors mean something else
    except tarfile.TarError:
        raise InterpreterError(
            f"{path.name} is not a tar archive, or is damaged: "
            "give a .tar, .tar.gz, .tar.bz2 or .tar.xz"
        ) from None
    except DAMAGE as error:
        raise _damaged(path, error) from None
    except OSError as error:
        raise InterpreterError(f"{path} cannot be read: {error.strerror or error}") from None
    try:
        with archive:
            archive.extractall(folder, filter=gate)  # noqa: S202  # the gate refuses what is unsafe
            _read_to_end(archive)
    except tarfile.FilterError as error:
        raise gate.refusal(str(error)) from None
    except DAMAGE as error:
        raise _damaged(path, error) from None
    except OSError as error:
        if error.errno in _DAMAGE_NUMBERS:
            raise _damaged(path, error) from None
        raise


def stays_inside(name: str, target: str) -> bool:
    """Return whether a symbolic link leads into its top folder, whatever else is in the archive.

    True if it goes up at its beginning only: behind another link ``..`` may lead anywhere.
    """
    parts = target.split("/")
    ups = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    is_relative = not target.startswith("/") and ".." not in parts[ups:]
    return is_relative and len(PurePosixPath(name).parts) - 1 - ups >= 1


def _read_to_end(archive: tarfile.TarFile) -> None:
    """Read the rest of the file: gzip and xz store their checksum there.

    tarfile stops after the last member, and also at a header it cannot read.
    """
    rest = archive.fileobj.read(_MAX_PADDING + 1) if archive.fileobj else b""
    if len(rest) > _MAX_PADDING:
        raise tarfile.ReadError("unexpected data after the last member")


def _damaged(path: Path, error: Exception) -> InterpreterError:
    problem = str(error).strip() or "it ends too early"
    return InterpreterError(
        f"{path.name} cannot be unpacked, it is damaged or incomplete: {problem}; "
        "download or copy it again"
    )


@dataclass
class _Gate:
    """A filter for ``extractall`` that is stricter than ``data``.

    ``data`` strips a leading slash silently, knows no limits, and in Python releases before June
    2025 a chain of links leads it outside (CVE-2025-4517). Here the place of each member follows
    from its name alone: no member lies below a link, and no name occurs twice.
    """

    archive: str
    limits: Limits
    top: str
    skip: str
    members: int = 0
    size_bytes: int = 0
    files: set[PurePosixPath] = field(default_factory=set)
    folders: set[PurePosixPath] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    """In lower case: some file systems take ``A`` and ``a`` for one name."""

    def __call__(self, member: tarfile.TarInfo, folder: str, /) -> tarfile.TarInfo | None:
        if self.skip and member.name == self.skip:
            return None
        self._count(member)
        path = self._inside(member.name)
        if any(str(parent).lower() in self.links for parent in path.parents):
            raise self.refusal(f"{member.name!r} would be written through a link")
        is_repeated = path in self.files or (path in self.folders and not member.isdir())
        if is_repeated or not self.files.isdisjoint(path.parents):
            raise self.refusal(f"{member.name!r} is in it twice")
        self._note(member, path)
        return tarfile.data_filter(member, folder)

    def refusal(self, problem: str) -> InterpreterError:
        return InterpreterError(
            f"{self.archive} is not safe to unpack: {problem}; get it from its maker again"
        )

    def _count(self, member: tarfile.TarInfo) -> None:
        self.members += 1
        self.size_bytes += member.size
        if self.members > self.limits.members or self.size_bytes > self.limits.size_bytes:
            size = f"{self.limits.size_bytes / 1e9:.0f} GB"
            raise self.refusal(f"it contains more than {self.limits.members:,} files or {size}")

    def _inside(self, name: str) -> PurePosixPath:
        parts = re.split(r"[/\\]", name)
        if parts[0] == "" or re.match(r"[A-Za-z]:", name):
            raise self.refusal(f"{name!r} is an absolute path")
        path = PurePosixPath(name)
        if ".." in parts or (self.top and path.parts[:1] != (self.top,)):
            raise self.refusal(f"{name!r} leads outside")
        return path

    def _note(self, member: tarfile.TarInfo, path: PurePosixPath) -> None:
        if member.issym():
            if not stays_inside(member.name, member.linkname):
                raise self.refusal(f"the link {member.name!r} leads outside")
            self.links.add(str(path).lower())
        elif member.islnk():
            target = self._inside(member.linkname)
            if target not in self.files or str(target).lower() in self.links:
                raise self.refusal(f"the link {member.name!r} leads to no file before it")
        self.folders.update(path.parents)
        (self.folders if member.isdir() else self.files).add(path)
