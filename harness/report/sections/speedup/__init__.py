"""Slice of the page: speed-up over threads."""

from harness.report.sections.speedup import figure, section
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=section.section, draw=figure.draw)
