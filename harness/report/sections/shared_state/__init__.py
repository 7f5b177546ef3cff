"""Slice of the page: private and shared pairs."""
