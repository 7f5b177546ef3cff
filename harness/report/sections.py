"""Every section between the answer and the builds, in the order of the page.

Place in the flow: called by ``view``. A section is a function from the analysis to a
``Section``; one that has nothing to show stays, and says in ``absent`` how to get it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report import (
    hero,
    latency,
    lesson,
    measures,
    noise,
    split_sections,
    trust,
    verdict_tables,
    warmup,
    workload_sections,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.results import Analysis
    from harness.report.parts import Section

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
    "workloads": (),
    "latency": (measures.pauses, measures.lost, measures.memory),
    "trust": (
        trust.run_order_section,
        noise.aa_section,
        verdict_tables.section,
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
