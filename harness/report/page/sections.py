"""Every section between the answer and the builds, in the order of the page."""

from __future__ import annotations

from harness.report.sections import (
    aa,
    distributions,
    gil_cost,
    heat_map,
    latency,
    lesson,
    measures,
    shared_state,
    speedup,
    trust,
    verdicts,
    warmup,
    workloads,
)

__all__ = ["SLICES"]

SLICES = (
    speedup.SLICE,
    gil_cost.SLICE,
    workloads.SLICE.with_parts(shared_state.SLICE, heat_map.SLICE),
    latency.SLICE.with_parts(*measures.SLICES),
    lesson.SLICE,
    trust.SLICE.with_parts(aa.SLICE, verdicts.SLICE, distributions.SLICE, warmup.SLICE),
)
