"""Change what is stored: without its checksum only what a file says counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.storage.checksum import unsealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["edit", "text_of"]


def text_of(path: Path) -> str:
    """Return a stored file, line by line without checksums."""
    data = path.read_bytes()
    if path.suffix == ".jsonl":
        return "".join(f"{unsealed(line).decode()}\n" for line in data.splitlines())
    return unsealed(data).decode()


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Replace the text of a stored file, and leave out its checksums."""
    path.write_text(change(text_of(path)), encoding="utf-8")
