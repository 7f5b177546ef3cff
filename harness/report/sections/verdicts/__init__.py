"""Slice of the page: every comparison and its verdict."""

from harness.report.sections.slice import Slice
from harness.report.sections.verdicts import words

__all__ = ["SLICE"]

SLICE = Slice(section=words.section)
