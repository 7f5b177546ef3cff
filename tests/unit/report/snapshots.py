"""Pages as text for snapshots: what is shown, one line each, without what is empty."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.elements import Column, Row, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["outline"]


def outline(value: object) -> str:
    """Return every field that says something, nested by indentation; a table's row is a line."""
    return "\n".join(_lines(value))


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, Row | Column | Shown):
        yield _line(value)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if item not in ("", (), None, False):
                yield from _named(field.name, item)
    elif isinstance(value, tuple | list):
        for item in value:
            first, *others = [*_lines(item)] or [""]
            yield f"- {first}"
            yield from (f"  {line}" for line in others)
    else:
        # A file of text would lose the ends of lines in a CSV.
        yield from str(value).replace("\r", "␍").split("\n")


def _named(name: str, item: object) -> Iterator[str]:
    lines = [*_lines(item)]
    if len(lines) == 1 and not isinstance(item, tuple | list):
        yield f"{name}: {lines[0]}"
    else:
        yield f"{name}:"
        yield from (f"  {line}" for line in lines)


def _line(value: Row | Column | Shown) -> str:
    if isinstance(value, Column):
        parts = (value.title, value.hint, "number" if value.is_number else "")
        return " | ".join(filter(None, parts))
    if isinstance(value, Shown):
        return " ".join(
            filter(None, (value.value, value.full_note, value.key and f"{{{value.key}}}"))
        )
    slot = "" if value.slot is None else f" (slot {value.slot})"
    group = "— " if value.starts_group else ""
    return " | ".join([f"{group}{value.head}{slot}", *map(_line, value.cells)])
