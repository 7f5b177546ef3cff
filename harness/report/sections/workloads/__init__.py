"""Slice of the page: workload by workload."""
