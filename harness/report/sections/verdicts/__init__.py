"""Slice of the page: every comparison and its verdict."""

from harness.report.sections.verdicts import words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section)
