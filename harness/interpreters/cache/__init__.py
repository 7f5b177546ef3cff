"""Builds that are kept: entries, locks, packing, cleanup."""
