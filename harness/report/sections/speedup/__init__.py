"""Slice of the page: speed-up over threads."""
