"""Numbers in full as comma-separated values: what stands behind a table or a figure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Estimate

__all__ = ["bounds", "csv_text", "literal", "trio"]


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV (RFC 4180), numbers with all their digits, ``None`` as nothing.

    No text in it is taken for a formula by a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(
        [literal(value) if isinstance(value, str) else value for value in row] for row in rows
    )
    return out.getvalue()


def literal(name: str) -> str:
    """Return a name that a spreadsheet will not take for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t")) else name


def trio(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Return point, low and high, for three columns."""
    if estimate is None:
        return None, None, None
    return estimate.point, estimate.low, estimate.high


def bounds(name: str) -> tuple[str, str, str]:
    """Return the titles of those columns."""
    return name, f"{name}_low", f"{name}_high"
