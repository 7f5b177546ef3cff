"""The confidence level of intervals, the level of tests, and the level of calm canaries."""

from __future__ import annotations

__all__ = ["ALPHA", "CALM_TOLERANCE", "LEVEL", "UNDISTURBED"]

LEVEL = 0.95
"""Confidence level of every interval that does not state another one."""
ALPHA = round(1 - LEVEL, 12)
"""Level of every test. Rounded, since 1 - 0.95 is not the float 0.05."""
CALM_TOLERANCE = 1.15
"""A canary within this factor of its CPU's undisturbed level is calm; in bursts it takes 1.3 to 1.7
times as long, and few are in between."""
UNDISTURBED = 0.2
"""Quantile of a CPU's canaries that is their undisturbed level."""
