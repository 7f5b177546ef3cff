"""Slice of the page: the lesson with the reader's numbers."""

from harness.report.sections.lesson import figure, section
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=section.section, draw=figure.draw)
