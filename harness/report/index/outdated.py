"""Whether the page of an experiment has to be made again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.files import open_plain
from harness.report.index.summary_file import Summary, read_summary
from harness.storage.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PAGE", "is_outdated"]

PAGE = "index.html"
_END = b"</html>"
_TAIL_BYTES = 100


def is_outdated(folder: Path, page: Path) -> bool:
    """Return whether the experiment in ``folder`` has more or other results than its page.

    ``page`` is the page's folder. Raises StoreError where the experiment cannot be read.
    """
    if not _is_whole(page / PAGE):
        return True
    summary = read_summary(page)
    return not isinstance(summary, Summary) or summary.made_from != fingerprint(folder)


def _is_whole(page: Path) -> bool:
    try:
        with open_plain(page) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read().rstrip().endswith(_END)
    except OSError:
        return False
