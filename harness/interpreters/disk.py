"""Error messages for folders that cannot be used."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["disk_complaint", "is_full"]


def is_full(error: OSError) -> bool:
    """Return whether the disk is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def disk_complaint(folder: Path, error: OSError, *, how: str = "") -> str:
    """Return an error message; ``how`` tells in brackets how to make room in ``folder``."""
    if is_full(error):
        return (
            f"no space left in {folder}: make room there{how}, "
            "or set GILSCOPE_CACHE to a folder on a larger disk"
        )
    return f"{folder} cannot be used: {error}; set GILSCOPE_CACHE to another folder"
