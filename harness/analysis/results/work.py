"""What is known of work done: its rate, and what it costs to share a state."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Estimate, Verdict

__all__ = ["SharingCost", "Throughput"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SharingCost:
    """What it costs one variant that all threads work on one state, at one number of threads."""

    variant: str
    pair: str
    """What both arms are called without their endings, such as ``counter``."""
    private: str
    shared: str
    """Names of the two workloads."""
    threads: int
    cost: Estimate
    """T(shared) ÷ T(private) at this number of threads: above 1 is what sharing costs."""
    verdict: Verdict | None
    """On the cost, among all variants and thread counts of the pair."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Throughput:
    """Work per second of one variant and workload at one number of threads."""

    variant: str
    workload: str
    threads: int
    relative: Estimate
    """÷ the work per second of the baseline with one thread, paired in blocks."""
