"""The raw data embedded in a page: one compressed pyperf suite for each variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.export.pyperf_suites import compressed, pyperf_suites
from harness.report.elements import Attachment
from harness.report.words.file_names import file_stems

if TYPE_CHECKING:
    from harness.export.publishable import Material

__all__ = ["MAX_BYTES", "attachments"]

MAX_BYTES = 700_000
"""Compressed, all together: base64 adds a third, and the largest page must stay below 8 MB."""
_MAX_VALUES_LENGTH = 400_000
"""With more values the files are too large in any case."""
_SENTENCE = "Every value and warm-up of it, as a suite that pyperf reads: stats, hist, compare_to."


def attachments(material: Material, *, max_bytes: int = MAX_BYTES) -> tuple[Attachment, ...]:
    """Return the files to download from the page: none where the page would be too large.

    ``nox -s export`` writes them then.
    """
    if sum(len(process.run.values) for process in material.processes) > _MAX_VALUES_LENGTH:
        return ()
    suites = pyperf_suites(material)
    stems = file_stems(suites)
    files = tuple(
        Attachment(
            name=f"{stems[label]}.json.gz",
            title=f"{label}: runs for pyperf",
            media_type="application/gzip",
            data=compressed(suite),
            sentence=_SENTENCE,
        )
        for label, suite in suites.items()
    )
    return files if sum(len(file.data) for file in files) <= max_bytes else ()
