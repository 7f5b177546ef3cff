"""Faults of stored files: what a bad disk, an editor or a crash makes of their bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Mutation = Callable[[random.Random, bytes], bytes]

__all__ = ["LINES", "anywhere", "cut_tail", "digit"]

_ZEROED = 512
_LONGEST_PIECE = 64


def digit(rng: random.Random, data: bytes) -> bytes:
    """Change one digit into another."""
    place = rng.choice([match.start() for match in re.finditer(rb"\d", data)])
    other = rng.choice([one for one in b"0123456789" if one != data[place]])
    return data[:place] + bytes([other]) + data[place + 1 :]


def flip(rng: random.Random, data: bytes) -> bytes:
    """Flip one bit."""
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def zero_byte(rng: random.Random, data: bytes) -> bytes:
    """Zero one byte."""
    place = rng.randrange(len(data))
    return data[:place] + b"\0" + data[place + 1 :]


def zero_sector(rng: random.Random, data: bytes) -> bytes:
    """Zero 512 bytes, as a sector that was never written."""
    place = rng.randrange(max(1, len(data) - _ZEROED))
    return data[:place] + bytes(min(_ZEROED, len(data) - place)) + data[place + _ZEROED :]


def drop_piece(rng: random.Random, data: bytes) -> bytes:
    """Drop some bytes."""
    place = rng.randrange(len(data))
    return data[:place] + data[place + rng.randint(1, _LONGEST_PIECE) :]


def cut_tail(rng: random.Random, data: bytes) -> bytes:
    """Cut within a line, or end it in zeros as some file systems do after a power cut."""
    while True:
        kept = data[: rng.randrange(1, len(data))]
        if not kept.endswith(b"\n"):
            return kept + bytes(rng.choice([0, 0, rng.randint(1, 4096)]))


def double_line(rng: random.Random, data: bytes) -> bytes:
    """Write a line twice."""
    lines = data.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    return b"".join([*lines[: place + 1], *lines[place:]])


def remove_line(rng: random.Random, data: bytes) -> bytes:
    """Remove a line that is not the last."""
    lines = data.splitlines(keepends=True)
    del lines[rng.randrange(len(lines) - 1)]
    return b"".join(lines)


def swap_lines(rng: random.Random, data: bytes) -> bytes:
    """Swap two lines."""
    lines = data.splitlines(keepends=True)
    first, second = rng.sample(range(len(lines)), 2)
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def merge_lines(rng: random.Random, data: bytes) -> bytes:
    """Join the first half of a line with the second half of a later one."""
    lines = data.splitlines(keepends=True)
    first, second = sorted(rng.sample(range(len(lines)), 2))
    cut, start = (rng.randrange(1, len(lines[place])) for place in (first, second))
    return b"".join(
        [*lines[:first], lines[first][:cut] + lines[second][start:], *lines[second + 1 :]]
    )


anywhere: dict[str, Mutation] = {
    "bit flipped": flip,
    "byte zeroed": zero_byte,
    "512 bytes zeroed": zero_sector,
    "piece dropped": drop_piece,
}
LINES: dict[str, Mutation] = {
    "line doubled": double_line,
    "line removed": remove_line,
    "lines swapped": swap_lines,
    "lines merged": merge_lines,
}
