"""Slice of the page: every comparison and its verdict."""
