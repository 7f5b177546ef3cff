"""What a variant was not asked to do, one sentence for all modes with one reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Plan

__all__ = ["skipped_rows"]


def skipped_rows(plan: Plan) -> list[tuple[str, str]]:
    """Return what is skipped, such as ``pypy skips sums (threads)``, and why."""
    modes: dict[tuple[str, str, str], list[str]] = {}
    for row in plan.skipped:
        modes.setdefault((row.variant, row.workload, row.reason), []).append(row.mode)
    return [
        (f"{variant} skips {workload} ({', '.join(each)})", reason)
        for (variant, workload, reason), each in modes.items()
    ]
