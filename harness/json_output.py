"""The output format of ``--json``."""

from __future__ import annotations

import re

import msgspec

__all__ = ["document"]

_CONTROLS = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control and bidirectional characters that the encoder does not escape."""


def document(content: object) -> str:
    """Return ``content`` as an indented JSON document with a final newline.

    Control characters are escaped: the document may quote files from elsewhere and be printed.
    """
    text = msgspec.json.format(msgspec.json.encode(content)).decode()
    # They can occur only inside of strings, where JSON has escapes.
    return _CONTROLS.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"
