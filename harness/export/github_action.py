"""JSON for ``benchmark-action/github-action-benchmark``, which keeps a history of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.json_output import document
from harness.report.words.formatting import is_definition

if TYPE_CHECKING:
    from harness.analysis.results.experiment import CellResult
    from harness.model import Estimate
    from harness.report.redaction import Redacted

__all__ = ["speedups", "times"]


def times(analysis: Redacted) -> str:
    """Return the typical time of one loop of every cell: smaller is better."""
    paced = {workload.name for workload in analysis.manifest.plan.workloads if workload.is_paced}
    return document(
        [
            _entry(cell, cell.time_s, unit="s")
            for cell in analysis.cells
            if cell.benchmark.workload not in paced and math.isfinite(cell.time_s.point)
        ]
    )


def speedups(analysis: Redacted) -> str:
    """Return every measured speed-up over one thread: bigger is better."""
    return document(
        [
            _entry(cell, cell.speedup, unit="x")
            for cell in analysis.cells
            if cell.speedup is not None
            and not is_definition(cell.speedup)
            and math.isfinite(cell.speedup.point)
        ]
    )


def _entry(cell: CellResult, estimate: Estimate, *, unit: str) -> dict[str, object]:
    entry: dict[str, object] = {
        "name": f"{cell.variant} {cell.benchmark.name}",
        "unit": unit,
        "value": estimate.point,
    }
    low, high, interval = estimate.low, estimate.high, "no interval"
    if low is not None and high is not None and math.isfinite(high - low):
        # The action takes one number: the larger of the two sides.
        reach = max(high - estimate.point, estimate.point - low)
        entry["range"] = f"± {reach:.3g}"
        interval = f"interval [{low:.6g}, {high:.6g}] at {estimate.level * 100:g} %"
    return {**entry, "extra": f"{interval}\nn = {estimate.n}"}
