"""Pure bytecode, nothing shared: the workload that should scale if anything does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workloads.registry import Part, workload

if TYPE_CHECKING:
    from collections.abc import Iterator


def divisors(number: int, start: int, stop: int) -> Iterator[int]:
    """Yield the divisors of ``number`` in ``range(start, stop)``, by trial division."""
    for candidate in range(start, stop):
        if number % candidate == 0:
            yield candidate


@workload(
    kind="cpu",
    scaling="strong",
    expectation="N times as fast on N cores without the GIL; never faster with it",
    # 240 divisors, so that the checksum is no accident; divides evenly by 2, 3, 4 … 16.
    size=720_720,
    modes=("threads", "processes"),
    tags=("core",),
    rank=0,
)
def factorize(part: Part) -> int:
    """Divide one number by every candidate, cut in equal chunks: bytecode only.

    Isolates: the interpreter's main loop, integer arithmetic and a generator.
    Scales: strong, the range of candidates is cut in one contiguous chunk per thread.
    Shared: nothing that a thread writes; each thread has its own number.
    """
    number = part.size
    start, stop = part.bounds()
    return sum(divisors(number, start + 1, stop + 1))
