"""Slice of the page: what free threading costs and gains."""
