"""Slice of the page: warm-up curves."""

from harness.report.sections.warmup import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
