"""The drift canary: how fast this machine is at this moment, whatever is measured on it."""

from __future__ import annotations

import time

__all__ = ["VERSION", "canary_s"]

VERSION = 1
"""Of the work below. Times of different versions do not compare, so the work never changes
without a new one."""

_STEPS = 48_000
_REPETITIONS = 4


def canary_s() -> float:
    """Return the least of four times of a fixed piece of work, in seconds: about 3 ms.

    The least, since a wake-up or an interrupt makes one repetition longer, and what slows all
    four down slows a job down as well.
    """
    return min(_once_s() for _ in range(_REPETITIONS))


def _once_s() -> float:
    started = time.perf_counter()
    _work()
    return time.perf_counter() - started


def _work() -> int:
    """Step a congruential generator: integer arithmetic, nothing that the collector follows."""
    state = 1
    for _ in range(_STEPS):
        state = (state * 69_069 + 12_345) & 0x3FFF_FFFF
    return state
