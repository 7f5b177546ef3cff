"""The drift canary: the current speed of this machine, measured with fixed work."""

from __future__ import annotations

import time

__all__ = ["VERSION", "canary_s"]

VERSION = 1
"""Version of the work below: times of different versions are not comparable."""

_STEPS = 48_000
_REPETITIONS = 4


def canary_s() -> float:
    """Return the minimum time of four repetitions of fixed work, in seconds: about 3 ms.

    The minimum, since an interrupt prolongs one repetition, while anything that slows down all
    four also slows down a job.
    """
    return min(_once_s() for _ in range(_REPETITIONS))


def _once_s() -> float:
    started = time.perf_counter()
    _work()
    return time.perf_counter() - started


def _work() -> int:
    """Step a congruential generator: integer arithmetic without garbage-collected objects."""
    state = 1
    for _ in range(_STEPS):
        state = (state * 69_069 + 12_345) & 0x3FFF_FFFF
    return state
