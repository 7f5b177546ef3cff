"""Slice of the page: speed-up over threads."""

from harness.report.sections.slice import Slice
from harness.report.sections.speedup import figure, section

__all__ = ["SLICE"]

SLICE = Slice(section=section.section, draw=figure.draw)
