"""The one form of every ``--json``.

Place in the flow: the last step of a command that was asked for it.
"""

from __future__ import annotations

import msgspec

__all__ = ["document"]


def document(content: object) -> str:
    """Return ``content`` as an indented JSON document that ends its line."""
    return msgspec.json.format(msgspec.json.encode(content)).decode() + "\n"
