"""Slice of the page: every workload at a glance."""

from harness.report.sections.heat_map import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
