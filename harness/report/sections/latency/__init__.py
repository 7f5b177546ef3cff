"""Slice of the page: response times under load."""
