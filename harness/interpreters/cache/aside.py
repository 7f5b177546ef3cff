"""Make an entry of the cache anew without losing the old one, should that fail.

An entry may fail its probe for a reason that has nothing to do with it: a machine without memory,
a locale that is not installed. What replaces it meets the same reason, and the old one comes back.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ASIDE", "bring_back", "drop", "put_aside"]

ASIDE = ".kept"
"""Ending of the folder in ``tmp`` that an entry is moved to."""


def put_aside(root: Path, key: str, *, record: str) -> None:
    """Move the entry out of the way if it was complete once, and remove it otherwise."""
    folder, aside = _places(root, key)
    if os.path.lexists(folder / record):
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def bring_back(root: Path, key: str, *, record: str) -> None:
    """Undo ``put_aside`` unless there is a complete entry, also for a run that was killed."""
    folder, aside = _places(root, key)
    if not os.path.lexists(folder / record):
        shutil.rmtree(folder, ignore_errors=True)
        if aside.is_dir():
            aside.rename(folder)


def drop(root: Path, key: str) -> None:
    """Remove what was put aside: there is something better."""
    shutil.rmtree(_places(root, key)[1], ignore_errors=True)


def _places(root: Path, key: str) -> tuple[Path, Path]:
    return root / "interpreters" / key, root / "tmp" / f"{key}{ASIDE}"
