"""Slice of the page: every number of every cell."""
