"""Slice of the page: every process as a dot."""
