"""Cached builds: entries, locks, packing, cleanup."""
