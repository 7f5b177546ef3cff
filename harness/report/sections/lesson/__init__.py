"""Slice of the page: the lesson with the reader's numbers."""
