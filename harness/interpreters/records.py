"""Files that others may have written, or may be reading while we write."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec

__all__ = ["decoded", "printable", "replace", "sha256_of"]

_Type = TypeVar("_Type")


def decoded(content: bytes | str, kind: type[_Type]) -> _Type:
    """Return the JSON as ``kind``; raise ``ValueError`` whatever is wrong with it."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def printable(text: str) -> str:
    """Replace what a terminal would obey, or cannot show."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def sha256_of(path: Path) -> str:
    """Return the digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace(file: Path, content: bytes) -> None:
    """Write the whole file at once: who reads it meanwhile gets the old or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, ignore_cleanup_errors=True) as aside:
        written = Path(aside, file.name)
        written.write_bytes(content)
        written.replace(file)
