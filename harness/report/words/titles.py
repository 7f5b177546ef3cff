"""What an experiment is called: its label, or what was measured under which interpreters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["experiment_title"]

_MAX_NAMES = 3


def experiment_title(label: str, *, workloads: Iterable[str], variants: Iterable[str]) -> str:
    """Return the label, or names such as ``factorize and lesson: 3.14, 3.14t``."""
    if label:
        return label
    names = tuple(dict.fromkeys(workloads))
    more = len(names) - _MAX_NAMES
    shown = (*names[:_MAX_NAMES], f"{more} more") if more > 0 else names
    what = formatting.listed(shown) or "experiment"
    return f"{what}: {', '.join(dict.fromkeys(variants))}"
