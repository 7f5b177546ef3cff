"""Slice of the page: every number of every cell."""

from harness.report.sections.measures.words import lost, memory, pauses
from harness.report.slice import Slice

__all__ = ["SLICES"]

SLICES = (Slice(section=pauses), Slice(section=lost), Slice(section=memory))
