"""The one form of every ``--json``."""

from __future__ import annotations

import re

import msgspec

__all__ = ["document"]

_ORDERS = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal obeys, or what turns text round; the encoder escapes none of these."""


def document(content: object) -> str:
    """Return ``content`` as an indented JSON document that ends its line.

    It may quote files that somebody else made and be printed: no terminal obeys any of it.
    """
    text = msgspec.json.format(msgspec.json.encode(content)).decode()
    # Such characters can only stand inside of strings, where JSON has another form for them.
    return _ORDERS.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"
