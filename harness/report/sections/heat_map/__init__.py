"""Slice of the page: every workload at a glance."""
