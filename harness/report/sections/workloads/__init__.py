"""Slice of the page: workload by workload."""

from harness.report.sections.workloads import figure, section
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=section.section, draw=figure.draw)
