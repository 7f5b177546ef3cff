"""Slice of the page: warm-up curves."""
