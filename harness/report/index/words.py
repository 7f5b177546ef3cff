"""Short words of the index: dates, links, names and numbers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.report.index.summary_file import What
from harness.report.redaction import scrub
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.model import Estimate
    from harness.report.elements import Shown

__all__ = ["day", "elided", "link", "moment", "shown"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = 10
"""Characters of a date in ISO 8601."""
_NBSP = "\u00a0"
_MAX_LABEL_LENGTH = 60


def day(created: str) -> str:
    """Return the day of an instant, such as ``17 Jan 2026``; of anything else its beginning."""
    parts = created[:_DATE].split("-")
    digits = "".join(parts)
    is_date = [len(part) for part in parts] == [4, 2, 2] and digits.isascii() and digits.isdigit()
    if not is_date or not 1 <= int(parts[1]) <= len(_MONTHS):
        return created[:_DATE]
    return f"{int(parts[2])}{_NBSP}{_MONTHS[int(parts[1]) - 1]}{_NBSP}{parts[0]}"


def moment(created: str) -> str:
    """Return date and time as they can be sorted, such as ``2026-01-17 12:00``."""
    return created[:16].replace("T", " ")


def shown(what: What, estimate: Estimate) -> Shown:
    """Return a number of a series with its unit and interval."""
    return formatting.factor(estimate) if what is What.SPEEDUP else formatting.seconds(estimate)


def link(folder: str) -> str:
    """Return the address of a page, relative to the index: whatever its folder is called."""
    return f"./{quote(os.fsencode(folder), safe='')}/index.html"


def elided(words: str) -> str:
    """Return a text on one line, as long as a label may be."""
    flat = " ".join(scrub(words).split())
    return flat if len(flat) <= _MAX_LABEL_LENGTH else f"{flat[: _MAX_LABEL_LENGTH - 1]}…"
