"""The confidence level of intervals and the significance level of tests."""

from __future__ import annotations

__all__ = ["ALPHA", "LEVEL"]

LEVEL = 0.95
"""Confidence level of every interval that does not state another one."""
ALPHA = round(1 - LEVEL, 12)
"""Level of every test. Rounded, since 1 - 0.95 is not the float 0.05."""
