"""The base of all stored values, and their bounds."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = [
    "MAX_BLOCKS",
    "MAX_THREADS",
    "Blocks",
    "Celsius",
    "Count",
    "Hertz",
    "Instant",
    "Name",
    "Positive",
    "Seconds",
    "Share",
    "Text",
    "Threads",
    "Value",
]

MAX_THREADS = 1024
MAX_BLOCKS = 1000

# Bounds of what is stored: a results folder may come from anywhere.
Threads = Annotated[int, Meta(ge=1, le=MAX_THREADS)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Positive = Annotated[int, Meta(ge=1, le=2**53)]
Blocks = Annotated[int, Meta(ge=1, le=MAX_BLOCKS)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Share = Annotated[float, Meta(ge=0, le=1)]
# A logarithm can be taken of these two, and their ratios do not overflow.
Instant = Annotated[float, Meta(ge=1e-9, le=1e6)]
Hertz = Annotated[float, Meta(ge=1, le=1e12)]
Celsius = Annotated[float, Meta(ge=-274, le=1000)]
Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=20_000)]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Base of the stored values: immutable, hashable, strict when decoded.

    The garbage collector does not track them: immutable values have no cycles.
    """
