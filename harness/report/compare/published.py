"""A comparison as it may be published: names stay apart, also where paths in them are shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.redaction import scrubbed

if TYPE_CHECKING:
    from harness.analysis.comparing.comparison import Comparison

__all__ = ["published"]


def published(comparison: Comparison, *, is_host_shown: bool = False) -> Comparison:
    """Return the comparison with every text in it fit to be published."""
    others = (*comparison.missing, *comparison.added, *comparison.failed)
    keys = [cell.key for cell in comparison.cells]
    keys += [cell.key for cell in (*others, *comparison.not_comparable)]
    variants = [cell.old_variant for cell in comparison.cells] + [key.variant for key in keys]
    names = filter(None, (*(key.benchmark for key in keys), *variants))
    return scrubbed(comparison, comparison.private, names=names, is_host_shown=is_host_shown)
