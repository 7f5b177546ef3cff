"""The numbers of a table or a figure in full, as comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Estimate

__all__ = ["bounds", "counted", "counted_bounds", "csv_text", "literal", "trio"]


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV (RFC 4180), numbers with all their digits, ``None`` as nothing.

    No text in it is taken for a formula by a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(map(literal, row) for row in rows)
    return out.getvalue()


def trio(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Return point, low and high, for three columns."""
    if estimate is None:
        return None, None, None
    return estimate.point, estimate.low, estimate.high


def bounds(name: str) -> tuple[str, str, str]:
    """Return the titles of those columns."""
    return name, f"{name}_low", f"{name}_high"


def counted(estimate: Estimate | None) -> tuple[float | None, ...]:
    """Return point, low, high and n, for four columns."""
    return *trio(estimate), estimate.n if estimate else None


def counted_bounds(*names: str) -> tuple[str, ...]:
    """Return the titles of those columns of each name."""
    return tuple(f"{name}{end}" for name in names for end in ("", "_low", "_high", "_n"))


def literal(value: object) -> object:
    """Return the value so that a spreadsheet does not take it for a formula."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t"))
    return f"'{value}" if is_formula else value
