"""A checksum as the last entry of a stored JSON object: a changed digit is not believed."""

from __future__ import annotations

import binascii
import json
import re
from typing import Any

__all__ = ["DamageError", "repeated_key", "sealed", "unsealed"]

_SEAL = re.compile(rb',\s*"crc32":\s*"([0-9a-f]{8})"\s*\}\s*\Z')
_SEAL_BYTES = 80
"""At most so long is the end of an object that was sealed here."""


class DamageError(ValueError):
    """The content is not what was written."""


def sealed(document: bytes) -> bytes:
    """Return a JSON object that is not empty with the CRC-32 of all before it as its last entry.

    An object over several lines stays one, and white space at the end is kept.
    """
    whole = document.rstrip()
    body, end = whole[:-1].rstrip(), document[len(whole) :]
    comma, colon, brace = (b",\n  ", b": ", b"\n}") if b"\n" in whole else (b",", b":", b"}")
    return b'%b%b"crc32"%b"%08x"%b%b' % (body, comma, colon, binascii.crc32(body), brace, end)


def unsealed(document: bytes) -> bytes:
    """Return the object without its checksum, or as it is if it has none: an older version's.

    Raises DamageError unless the checksum is that of the content.
    """
    start = max(0, len(document) - _SEAL_BYTES)
    seal = _SEAL.search(document, start)
    if seal is None:
        return document
    body = document[: seal.start()]
    if int(seal[1], 16) != binascii.crc32(body):
        raise DamageError("its checksum is not that of its content: something in it was changed")
    return body + b"}"


def repeated_key(document: bytes) -> str:
    """Return a key that an object anywhere in a JSON document has twice, or nothing.

    Raises ValueError or RecursionError for what is no JSON.
    """
    found = ""

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            found = next(name for name in names if names.count(name) > 1)

    json.loads(document, object_pairs_hook=look, parse_int=str, parse_float=str)
    return found
