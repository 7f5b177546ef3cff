"""Slice of the page: workload by workload."""

from harness.report.sections.slice import Slice
from harness.report.sections.workloads import figure, section

__all__ = ["SLICE"]

SLICE = Slice(section=section.section, draw=figure.draw)
