"""Slice of the page: the run order and the grade."""
