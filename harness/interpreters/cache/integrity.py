"""Whether the files of a cached interpreter are still those that were put there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.interpreters.cache.entries import cache_root, entry_folder
from harness.interpreters.cache.file_list import changed_files
from harness.interpreters.cache.locks import key_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Build

__all__ = ["Damage", "damage_of"]


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What is wrong with an entry of the cache."""

    key: str
    files: tuple[str, ...]
    """Relative to the entry's folder: those that are missing or have another content."""


def damage_of(build: Build, *, root: Path | None = None) -> Damage | None:
    """Return the damage of a build in the cache; ``None`` without any, or for one elsewhere.

    It reads every file: for a build that has failed. Entries of older versions have no list.
    """
    root = root or cache_root()
    key = key_of(root, build)
    files = changed_files(entry_folder(root, key)) if key else ()
    return Damage(key=key, files=files) if files else None
