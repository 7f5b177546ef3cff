"""What a run has left in its temporary folder and among the processes."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from harness.lifetime.table import Row, mark_of, table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Remains", "processes_of", "remains"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Remains:
    """How much is left."""

    processes: int
    folders: int


def processes_of(temporary: Path) -> list[Row]:
    """Return the living processes of all lives in a temporary folder."""
    return [
        row
        for row in table().values()
        if row.is_alive and (mark_of(row.pid) or "").startswith(f"{temporary}/")
    ]


def remains(temporary: Path, *, within_s: float) -> Remains:
    """Return what is left after so long, at once if that is nothing."""
    deadline = time.monotonic() + within_s
    while True:
        found = Remains(
            processes=len(processes_of(temporary)), folders=len(list(temporary.iterdir()))
        )
        if found == Remains(processes=0, folders=0) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)
