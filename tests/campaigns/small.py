"""Workloads that take no time, for campaigns."""

from __future__ import annotations

from workloads import Part, workload


@workload(modes=("threads", "processes"))
def quick(part: Part) -> int:
    """Add some numbers."""
    return sum(range(20_000)) % (1000)


@workload(modes=("threads",))
def other(part: Part) -> int:
    """Multiply some numbers."""
    product = 1
    for number in range(1, 5_000):
        product = product * number % 1_000_003
    return product
