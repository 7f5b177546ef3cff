"""Every section between the answer and the builds, in the order of the page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.sections.aa import words as noise
from harness.report.sections.distributions import words as distributions
from harness.report.sections.gil_cost import words as split_sections
from harness.report.sections.heat_map import words as heat_map
from harness.report.sections.latency import words as latency
from harness.report.sections.lesson import section as lesson
from harness.report.sections.measures import words as measures
from harness.report.sections.shared_state import words as shared_pairs
from harness.report.sections.speedup import section as hero
from harness.report.sections.trust import words as trust
from harness.report.sections.verdicts import words as verdict_tables
from harness.report.sections.warmup import words as warmup
from harness.report.sections.workloads import section as workload_sections

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.results.experiment import Analysis
    from harness.report.elements import Section

__all__ = ["sections"]

_SECTIONS: tuple[Callable[[Analysis], Section], ...] = (
    hero.section,
    split_sections.section,
    workload_sections.section,
    latency.section,
    lesson.section,
    trust.section,
)
_PARTS: dict[str, tuple[Callable[[Analysis], Section], ...]] = {
    "workloads": (shared_pairs.section, heat_map.section),
    "latency": (measures.pauses, measures.lost, measures.memory),
    "trust": (
        trust.run_order_section,
        noise.aa_section,
        verdict_tables.section,
        distributions.section,
        warmup.section,
    ),
}
"""What stands in a section after its own words, by the section's anchor."""


def sections(analysis: Analysis) -> tuple[Section, ...]:
    """Return the sections in order, each with its parts."""
    made = (make(analysis) for make in _SECTIONS)
    return tuple(
        dataclasses.replace(
            one,
            parts=(*one.parts, *(make(analysis) for make in _PARTS.get(one.anchor, ()))),
        )
        for one in made
    )
