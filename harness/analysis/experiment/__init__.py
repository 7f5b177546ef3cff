"""Outcomes → frame → one estimate per cell, split, pair and memory peak."""
