"""Slice of the page: the A/A result."""

from harness.report.sections.aa import words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section)
