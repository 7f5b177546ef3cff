"""Slice of the page: the run order and the grade."""

from harness.report.sections.trust import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
