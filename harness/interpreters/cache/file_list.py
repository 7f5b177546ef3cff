"""The files of a cache entry with their hashes, written when the entry was made."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from harness.files import decoded, plain_facts, sha256_of, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["changed_files", "is_inside", "write_list"]

FILES = "files.json"
_NOT_LISTED = "__pycache__"
"""Python makes it again."""


def is_inside(executable: str) -> bool:
    """Return whether a recorded path stays in the entry's folder, apart from links."""
    path = PurePath(executable)
    return (
        bool(path.parts) and not path.anchor and ".." not in path.parts and "\0" not in executable
    )


def write_list(folder: Path) -> None:
    """Record the SHA-256 of each file of an entry, by its name relative to the folder."""
    digests = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and _NOT_LISTED not in path.parts
    }
    write_whole(folder / FILES, msgspec.json.format(msgspec.json.encode(digests), indent=1))


def changed_files(folder: Path) -> tuple[str, ...]:
    """Return the files that are missing or have another content; none without a readable list."""
    try:
        listed = decoded((folder / FILES).read_bytes(), dict[str, str])
    except (OSError, ValueError):
        return ()
    return tuple(_changed(folder, listed))


def _changed(folder: Path, listed: dict[str, str]) -> Iterator[str]:
    for name, digest in sorted(listed.items()):
        if is_inside(name) and not _has(folder / name, digest):
            yield name


def _has(path: Path, digest: str) -> bool:
    try:
        return plain_facts(path) is not None and sha256_of(path) == digest
    except OSError:  # a disk that cannot read it
        return False
