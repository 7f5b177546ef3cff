"""Specs, the catalogue, and what counts as the build that was asked for."""
