"""The width of the terminal, and lines that fit into it."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fitted", "terminal_width"]

MIN_WIDTH = 20
"""Lines are not made narrower than this."""
_MAX_WIDTH = 10_000
_HANGING = 4
_MAX_WHOLE = 2
"""A line of so few words is not wrapped, such as ``Report: PATH``."""
_GAP = re.compile(r"(?<=\S)\s{2,}")
"""Between the columns of a table."""
_COMMAND = re.compile(r"\s*(nox|gilscope|python) ")


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Return the width of the terminal behind a stream, by default of standard output.

    ``COLUMNS`` counts more, as everywhere. ``None`` where the lines go to a file or a pipe.
    """
    columns = os.environ.get("COLUMNS", "").strip()
    if columns.isascii() and columns.isdigit() and int(columns):
        return max(MIN_WIDTH, min(_MAX_WIDTH, int(columns)))
    stream = stream or sys.stdout
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):  # no terminal, or nothing with a descriptor
        return None
    return max(MIN_WIDTH, width) if width else None


def fitted(text: str, width: int | None) -> str:
    """Wrap what is wider than the terminal, each line by itself with a hanging indent.

    A row of a table becomes a paragraph, its columns one after another. Commands stay whole, and a
    path with the word before it, so that they can be copied and found.
    """
    if width is None:
        return text
    return "".join(_fitted_line(line, width) for line in text.splitlines(keepends=True))


def _fitted_line(line: str, width: int) -> str:
    bare = line.rstrip("\n")
    if len(bare) <= width or len(bare.split()) <= _MAX_WHOLE or _COMMAND.match(bare):
        return line
    end = line[len(bare) :]
    return "\n".join(_wrapped(bare, width)) + end


def _wrapped(line: str, width: int) -> Iterator[str]:
    content = line.lstrip(" ")
    indent = min(len(line) - len(content), width // 4)
    yield from textwrap.wrap(
        _GAP.sub("  ", content),
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + _HANGING),
        break_long_words=False,
        break_on_hyphens=False,
    )
