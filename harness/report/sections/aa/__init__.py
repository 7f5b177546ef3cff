"""Slice of the page: the A/A result."""
