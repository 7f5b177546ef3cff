"""End and remove what the controllers of earlier runs left, whose guardian was killed as well."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from pathlib import Path

from harness.lifetime.guardian import end_all
from harness.lifetime.life import PREFIX, is_over
from harness.lifetime.table import mark_of, table

__all__ = ["Cleared", "clear"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cleared:
    """How much was cleared."""

    processes: int
    folders: int


def clear() -> Cleared:
    """Clear what is left of controllers that have ended; never anything of a living one."""
    folders: set[Path] = set()
    with contextlib.suppress(OSError):
        folders.update(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    for pid in table():
        # Their temporary folder may have been another one.
        mark = Path(mark_of(pid) or "/")
        folders.update(path for path in (mark, mark.parent) if path.name.startswith(PREFIX))
    over = [str(folder) for folder in folders if is_over(folder)]
    return Cleared(processes=end_all(over) if over else 0, folders=len(over))
