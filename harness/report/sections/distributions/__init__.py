"""Slice of the page: every process as a dot."""

from harness.report.sections.distributions import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
