"""Every section between the answer and the builds, in the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from harness.report.elements import Section
    from harness.report.redaction import Redacted

__all__ = ["SLICES", "sections"]

SLICES = (
    speedup.SLICE,
    gil_cost.SLICE,
    workloads.SLICE.holding(shared_state.SLICE, heat_map.SLICE),
    latency.SLICE.holding(*measures.SLICES),
    lesson.SLICE,
    trust.SLICE.holding(aa.SLICE, verdicts.SLICE, distributions.SLICE, warmup.SLICE),
)


def sections(analysis: Redacted) -> tuple[Section, ...]:
    """Return the sections in order, each with its parts."""
    return tuple(part.make(analysis) for part in SLICES)
