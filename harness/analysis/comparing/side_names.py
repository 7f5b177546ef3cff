"""Names that tell two sides apart: of files called alike, with the folders that differ."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.analysis.comparing.sides import ComparisonInput

__all__ = ["told_apart"]

_SEPARATOR = re.compile(r"[/\\]")


def told_apart(
    old: ComparisonInput, new: ComparisonInput
) -> tuple[ComparisonInput, ComparisonInput]:
    """Return both sides with different names."""
    if old.name != new.name:
        return old, new
    names = _with_folders(old.path, new.path) if old.path and new.path else None
    before, after = names or (f"{old.name} (old)", f"{new.name} (new)")
    return dataclasses.replace(old, name=before), dataclasses.replace(new, name=after)


def _with_folders(old: str, new: str) -> tuple[str, str] | None:
    """Return each path from its last folder that differs; ``None`` for equal paths."""
    parts = [_SEPARATOR.split(path.strip("/\\")) for path in (old, new)]
    for place in range(2, max(map(len, parts)) + 1):
        folders = [path[-place] if place <= len(path) else "" for path in parts]
        if folders[0] != folders[1]:
            between = "…/" if place > 2 else ""  # noqa: PLR2004 - the folder and the file
            before, after = (
                f"{folder}/{between}{path[-1]}" if folder else path[-1]
                for folder, path in zip(folders, parts, strict=True)
            )
            return before, after
    return None
