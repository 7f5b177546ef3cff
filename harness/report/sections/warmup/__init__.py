"""Slice of the page: warm-up curves."""

from harness.report.sections.slice import Slice
from harness.report.sections.warmup import figure, words

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
