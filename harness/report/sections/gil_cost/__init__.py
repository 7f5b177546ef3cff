"""Slice of the page: what free threading costs and gains."""

from harness.report.sections.gil_cost import figure, words
from harness.report.slice import Slice

__all__ = ["SLICE"]

SLICE = Slice(section=words.section, draw=figure.draw)
