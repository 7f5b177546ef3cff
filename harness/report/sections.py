"""Every section that an experiment has something for, in the order of the page.

Place in the flow: called by ``view``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import (
    distributions,
    heat_map,
    laws,
    measures,
    noise,
    shared_pairs,
    verdict_tables,
    warmup,
)

if TYPE_CHECKING:
    from harness.analysis.results import Analysis
    from harness.report.parts import Section

__all__ = ["sections"]


def sections(analysis: Analysis) -> tuple[Section, ...]:
    """Return what stands between the times and the builds."""
    found = (
        heat_map.section(analysis),
        shared_pairs.section(analysis),
        noise.aa_section(analysis),
        verdict_tables.verdict_section(analysis),
        *laws.sections(analysis),
        *measures.sections(analysis),
        *warmup.sections(analysis),
        distributions.section(analysis),
    )
    return tuple(section for section in found if section is not None)
