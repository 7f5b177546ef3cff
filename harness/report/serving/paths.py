"""Which file of a folder a request means: one that is really inside it, or none."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from harness.files import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["names_in", "open_inside"]


def names_in(target: str) -> tuple[str, ...] | None:
    """Return the names in a request's path, the last one empty for a folder.

    ``None`` when one is hidden, leads upwards, or could be read in two ways.
    """
    path = target.partition("?")[0].partition("#")[0]
    try:
        # Once: what is encoded twice stays a strange name, and is not found.
        text = unquote_to_bytes(path).decode("utf-8")
    except UnicodeError:
        return None
    if not text.startswith("/") or not text.isprintable() or "\\" in text or ":" in text:
        return None
    names = tuple(text[1:].split("/"))
    is_plain = all(name and not name.startswith(".") for name in names[:-1])
    return names if is_plain and not names[-1].startswith(".") else None


def open_inside(root: Path, names: Iterable[str]) -> IO[bytes] | None:
    """Open the file of these names below ``root``; ``None`` unless it is there, and a plain file.

    A link is followed as long as it ends inside and at nothing hidden.
    """
    try:
        real_root = root.resolve(strict=True)
        real = real_root.joinpath(*names).resolve(strict=True)
        inside = real.relative_to(real_root).parts
        if any(part.startswith(".") for part in inside):
            return None
        return open_plain(real)  # a link could have taken the file's place since
    except (OSError, ValueError, RuntimeError):  # RuntimeError: a circle of links, before 3.13
        return None
