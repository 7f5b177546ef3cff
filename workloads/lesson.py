"""The lesson this project began with, replayed as it was written."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from workloads.registry import Part, workload

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = (2139079, 1214759, 1516637, 1582285)


def factorize(number: int) -> Iterator[int]:
    """Yield the divisors of ``number``."""
    for i in range(1, number + 1):
        if number % i == 0:
            yield i


class FactorizeThread(Thread):
    """Factorize one number in a thread of its own."""

    def __init__(self, number: int) -> None:
        """Keep the number to factorize."""
        super().__init__()
        self.number = number
        self.factors: list[int] = []

    def run(self) -> None:
        """Fill ``factors``."""
        self.factors = list(factorize(self.number))


@workload(
    kind="cpu",
    scaling="strong",
    expectation="with the GIL the threads take as long or longer; without it at most 3.02 times "
    "as fast, because the four numbers are unequal",
    modes=("serial", "threads"),
    tags=("core", "lesson"),
    thread_counts=(len(NUMBERS),),
    has_own_threads=True,
    max_speedup=sum(NUMBERS) / max(NUMBERS),
)
def lesson(part: Part) -> int:
    """Factorize the lesson's four numbers, one after another or one thread each.

    Isolates: what a reader of the lesson would have timed, thread start and join included.
    Scales: strong and unequal: the largest number bounds the speed-up at 3.02.
    Shared: nothing that a thread writes but its own ``factors``.
    """
    if part.count == 1:
        return sum(sum(list(factorize(number))) for number in NUMBERS)
    threads = []
    for number in NUMBERS:
        thread = FactorizeThread(number)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    # A thread that died of an exception leaves an empty list, and so a wrong checksum.
    return sum(sum(thread.factors) for thread in threads)
