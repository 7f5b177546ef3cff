"""Campaigns: many faults, started by hand, counted."""
