"""The identity of a page's sources: a hash that changes when the page would."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from harness.errors import StoreError, os_error_as
from harness.files import open_plain
from harness.storage import experiment_folder
from harness.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["fingerprint"]

_TAIL = 65_536
"""Bytes of the journal's end: with its length they identify a file that only grows."""


def fingerprint(folder: Path) -> str:
    """Return the hash of an experiment folder and of our own version; raises StoreError."""
    path = folder / experiment_folder.JOURNAL
    digest = hashlib.sha256(__version__.encode())
    digest.update(hashlib.sha256(experiment_folder.manifest_bytes(folder)).digest())
    with (
        os_error_as(StoreError, f"{path} cannot be read"),
        contextlib.suppress(FileNotFoundError),
        open_plain(path) as journal,
    ):
        size = journal.seek(0, os.SEEK_END)
        journal.seek(max(0, size - _TAIL))
        digest.update(b"%d\n" % size + journal.read(_TAIL))
    return digest.hexdigest()[:32]
