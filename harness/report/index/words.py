"""Short words of the index: dates, links, names and numbers."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.report.index.summary_file import What
from harness.report.redaction import scrub
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.model import Estimate
    from harness.report.elements import Shown

__all__ = ["MAX_LABEL_LENGTH", "day", "elided", "link", "shown"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})")
_NBSP = "\u00a0"
MAX_LABEL_LENGTH = 60


def day(created: str) -> str:
    """Return the day of an instant, such as ``17 Jan 2026``; of anything else its beginning."""
    date = _DATE.match(created)
    if date is None:
        return created[:10]
    return f"{int(date[3])}{_NBSP}{_MONTHS[int(date[2]) - 1]}{_NBSP}{date[1]}"


def shown(what: What, estimate: Estimate) -> Shown:
    """Return a number of a series with its unit and interval."""
    return formatting.factor(estimate) if what is What.SPEEDUP else formatting.seconds(estimate)


def link(folder: str) -> str:
    """Return the address of a page, relative to the index: whatever its folder is called."""
    return f"./{quote(os.fsencode(folder), safe='')}/index.html"


def elided(words: str) -> str:
    """Return a text on one line, as long as a label may be."""
    flat = " ".join(scrub(words).split())
    return flat if len(flat) <= MAX_LABEL_LENGTH else f"{flat[: MAX_LABEL_LENGTH - 1]}…"
