"""Slice of the page: response times under load."""

from harness.report.sections.latency import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
