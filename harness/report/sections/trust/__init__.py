"""Slice of the page: the run order and the grade."""

from harness.report.sections.slice import Slice
from harness.report.sections.trust import figure, words

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
