"""Slice of the page: private and shared pairs."""

from harness.report.sections.shared_state import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
