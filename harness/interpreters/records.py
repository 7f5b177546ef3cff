"""Read what others may have written: any way of being malformed is one error.

Place in the flow: used wherever a file or the output of a program is decoded here.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

__all__ = ["decoded", "printable"]

_Type = TypeVar("_Type")


def decoded(content: bytes | str, kind: type[_Type]) -> _Type:
    """Return the JSON as ``kind``; raise ``ValueError`` whatever is wrong with it."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def printable(text: str) -> str:
    """Replace what a terminal would obey, or cannot show."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
