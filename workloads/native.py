"""Work in the C code of the standard library, which may hold the GIL or let it go."""

from __future__ import annotations

import json
import re
from typing import Any

from workloads.registry import Part, workload

MODES = ("threads", "processes", "interpreters")
HELD = "N times as much on N cores without the GIL; with it no more than one thread"
HELD_LONG = f"{HELD}, which also keeps all others waiting for the length of a call"
RELEASED = "N times as much on N cores on every build: the control that must scale"


def _numbers(count: int) -> list[int]:
    """Return ``count`` numbers below 2**31 in an order without pattern."""
    numbers = [12345]
    while len(numbers) < count:
        numbers.append((numbers[-1] * 1103515245 + 12345) % 2**31)
    return numbers


@workload(
    kind="cpu",
    scaling="weak",
    expectation=HELD_LONG,
    modes=MODES,
    tags=("runtime",),
    state=lambda: _numbers(25_000),
)
def sort(part: Part) -> int:
    """Sort a list of 25 000 integers into a new one.

    Isolates: ``sorted``: comparisons in C, in one call that never lets the GIL go.
    Scales: weak, every thread sorts a list of its own.
    Shared: nothing.
    """
    ordered = sorted(part.state)
    return int(ordered[0] + ordered[len(ordered) // 2] - ordered[-1])


def _document() -> Any:  # noqa: ANN401 - what JSON can hold
    return [
        {"id": number, "name": f"item {number}", "tags": ["a", "b"], "price": number / 4}
        for number in range(3_000)
    ]


@workload(
    kind="cpu", scaling="weak", expectation=HELD, modes=MODES, tags=("runtime",), state=_document
)
def json_roundtrip(part: Part) -> int:
    """Write a document of 3 000 records as JSON, and read it again.

    Isolates: encoder and decoder, written in C on CPython, and the objects they make.
    Scales: weak, every thread has a document of its own.
    Shared: nothing that a thread writes to.
    """
    text = json.dumps(part.state)
    return len(text) + sum(int(record["id"]) for record in json.loads(text))


@workload(
    kind="cpu",
    scaling="weak",
    expectation=HELD_LONG,
    modes=MODES,
    tags=("runtime",),
    state=lambda: " ".join(f"word{number % 1000} of a text" for number in _numbers(4_000)),
)
def regex(part: Part) -> int:
    """Search a long text for words that follow each other twice.

    Isolates: the engine behind ``re``, in one call that never lets the GIL go.
    Scales: weak, every thread has a text of its own.
    Shared: the compiled pattern, which ``re`` caches: touched once in a call.
    """
    found = re.findall(r"\b(\w+) (\w+) \w+ \1\b|\bword(\d*7)\b", part.state)
    return len(found) + sum(len(digits) for _, _, digits in found)


def _operands() -> tuple[int, int, int]:
    base, exponent, modulus = 3**500, 7**300, 2**1279 - 1
    return base, exponent, modulus


@workload(
    kind="cpu",
    scaling="weak",
    expectation=HELD_LONG,
    modes=MODES,
    tags=("runtime",),
    state=_operands,
)
def big_int(part: Part) -> int:
    """Raise a number of 793 bits to a power, modulo one of 1 279 bits.

    Isolates: long integers, in one call that never lets the GIL go.
    Scales: weak, every thread has numbers of its own.
    Shared: nothing.
    """
    base, exponent, modulus = part.state
    return int(pow(base, exponent, modulus) % 1_000_000_007)


@workload(
    kind="cpu",
    scaling="weak",
    expectation=RELEASED,
    modes=MODES,
    tags=("runtime",),
    state=lambda: bytes(range(256)) * 2**14,
)
def hashing(part: Part) -> int:
    """Hash four megabytes with SHA-256, of ``hashlib``.

    Isolates: C code that lets the GIL go, as it does for more than 2 KB.
    Scales: weak, every thread hashes bytes of its own.
    Shared: nothing.
    """
    import hashlib  # noqa: PLC0415

    return int.from_bytes(hashlib.sha256(part.state).digest()[:6], "big")


@workload(
    kind="cpu",
    scaling="weak",
    expectation=RELEASED,
    modes=MODES,
    tags=("runtime",),
    needs=("zlib",),
    state=lambda: b" ".join(b"%d" % number for number in _numbers(10_000)),
)
def compress(part: Part) -> int:
    """Compress 100 kilobytes of digits with ``zlib``, and unpack them.

    Isolates: C code that lets the GIL go.
    Scales: weak, every thread compresses bytes of its own.
    Shared: nothing.
    """
    import zlib  # noqa: PLC0415

    # How small it gets depends on the library, what comes out again does not.
    return zlib.crc32(zlib.decompress(zlib.compress(part.state, 6)))
