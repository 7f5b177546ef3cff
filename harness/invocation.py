"""What a user types to start a command: through nox in a checkout, ``gilscope`` where installed."""

from __future__ import annotations

import sys
from pathlib import PurePath

__all__ = ["is_installed", "to_type"]


def is_installed() -> bool:
    """Return whether this process was started by the ``gilscope`` command."""
    return PurePath(sys.argv[0]).stem == "gilscope"


def to_type(command: str, *arguments: str) -> str:
    """Return the line that starts ``command`` the way this process was started.

    For terminals alone: a page is the same however it was made.
    """
    if is_installed():
        return " ".join(("gilscope", command, *arguments))
    return " ".join(("nox", "-s", command, *(("--", *arguments) if arguments else ())))
