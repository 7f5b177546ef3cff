"""Sequential against threaded, a chart for each workload that was run both ways."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.numbers import series

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Workload
    from harness.report.numbers.series import Contrast

__all__ = ["ContrastChart", "charts"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ContrastChart:
    """One workload: its two times under each variant that has both."""

    name: str
    workload: Workload
    contrasts: tuple[Contrast, ...]


def charts(analysis: Analysis) -> tuple[ContrastChart, ...]:
    """Return the charts in the order in which workloads are shown."""
    return tuple(
        ContrastChart(name=f"contrast-{rank}", workload=workload, contrasts=contrasts)
        for rank, workload in enumerate(series.shown_workloads(analysis))
        if (contrasts := series.contrasts(analysis, workload.name))
    )
