"""From what a page was made: a hash that changes when the page would."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from harness.errors import StoreError
from harness.storage import experiment_folder
from harness.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["fingerprint"]

_TAIL = 65_536
"""Bytes of the journal's end: what is only ever appended to is told by its length and its end."""


def fingerprint(folder: Path) -> str:
    """Return the hash of an experiment folder and of our own version; raises StoreError."""
    found = hashlib.sha256(__version__.encode())
    try:
        with (folder / experiment_folder.MANIFEST).open("rb") as manifest:
            found.update(hashlib.file_digest(manifest, "sha256").digest())
    except OSError as error:
        raise StoreError(
            f"{folder / experiment_folder.MANIFEST} cannot be read: {error.strerror}; "
            f"is {folder.name} an experiment folder?"
        ) from error
    try:
        with (folder / experiment_folder.JOURNAL).open("rb") as journal:
            size = journal.seek(0, os.SEEK_END)
            journal.seek(max(0, size - _TAIL))
            found.update(b"%d\n" % size + journal.read(_TAIL))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(
            f"{folder / experiment_folder.JOURNAL} cannot be read: {error.strerror}"
        ) from error
    return found.hexdigest()[:32]
