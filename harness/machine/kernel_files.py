"""Read the kernel's small text files; a file that cannot be read counts as empty."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["parse_cpu_list", "read_count", "read_text"]


def read_text(path: Path) -> str:
    """Return the stripped contents of ``path``, empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def read_count(path: Path) -> int | None:
    """Return the positive integer in ``path``.

    ``None`` for what the kernel writes instead of a limit: ``max``, ``-1``, ``0``.
    """
    text = read_text(path)
    return int(text) if text.isdecimal() and int(text) > 0 else None


def parse_cpu_list(text: str) -> frozenset[int]:
    """Return the CPUs of a list in the kernel's notation, such as ``0-3,8``."""
    spans = re.findall(r"(\d+)(?:-(\d+))?", text)
    return frozenset(
        cpu for first, last in spans for cpu in range(int(first), int(last or first) + 1)
    )
