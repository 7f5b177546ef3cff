"""What is remarkable about how a workload was measured: collected here, written with its result."""

from __future__ import annotations

import re

__all__ = ["CHILD", "FILES", "RESTORED", "STATE", "THREAD", "add", "seen"]

STATE = "state"
"""Measured in a state that is not the interpreter's own."""
RESTORED = "restored"
"""A setting that the work changed; it was set back before the next value."""
THREAD, CHILD, FILES = "thread", "child", "files"
"""What the work left behind: a thread or a process, by name, and the number of open files."""
MAX_REMARKS, MAX_LENGTH = 20, 200

_seen: dict[tuple[str, str], str] = {}


def add(kind: str, subject: str) -> None:
    """Remember a remark; of very many, and of those that differ in a number, only the first."""
    if len(_seen) < MAX_REMARKS:
        text = " ".join(subject.split())[:MAX_LENGTH]
        _seen.setdefault((kind, re.sub(r"\d+", "0", text)), text)


def seen() -> list[tuple[str, str]]:
    """Return all remarks of this process, in the order they were made."""
    return [(kind, text) for (kind, _), text in _seen.items()]
