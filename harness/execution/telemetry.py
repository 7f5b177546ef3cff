"""Observations around a job, or a group of them: made before and after, never while it is timed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.machine import Surroundings

__all__ = ["observed"]

Result = TypeVar("Result")


def observed(
    run: Callable[[], Result], around: Surroundings, *, own_s: Callable[[], float] = lambda: 0.0
) -> tuple[Result, dict[str, float | None]]:
    """Run a job; return its result, and the observations as fields of its outcome.

    ``own_s`` returns the CPU time so far of processes of ours that are still alive.
    """
    load = around.load_1min()
    before, others_before, own_before = around.steal_and_total(), around.others_s(), own_s()
    started = time.monotonic()
    result = run()
    duration_s = time.monotonic() - started
    # These first: a clock falls and a chip cools within milliseconds.
    frequency_hz, temperature_c = around.frequency_hz(), around.temperature_c()
    after, others_after = around.steal_and_total(), around.others_s()
    if others_after is not None:
        others_after -= own_s() - own_before
    return result, {
        "load_1min": load,
        "stolen": _share_stolen(before, after),
        "others_cpus": _others_cpus(others_before, others_after, duration_s),
        "frequency_hz": frequency_hz,
        "temperature_c": temperature_c,
    }


def _share_stolen(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    # Some hosts correct the count afterwards, so that it falls.
    return min(1.0, max(0.0, (after[0] - before[0]) / (after[1] - before[1])))


def _others_cpus(before: float | None, after: float | None, duration_s: float) -> float | None:
    if before is None or after is None or duration_s <= 0:
        return None
    # The kernel counts whole ticks: over a short time the difference may be below 0.
    return max(0.0, (after - before) / duration_s)
