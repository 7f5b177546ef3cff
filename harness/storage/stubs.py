"""Folders that a run left which was killed before it had written its manifest."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from harness.files import try_lock
from harness.storage.journal import JOURNAL
from harness.storage.manifest import MANIFEST

__all__ = ["clear_stubs", "remove_stub"]

_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_PART = re.compile(rf"\.lock|{re.escape(JOURNAL)}|\.{re.escape(MANIFEST)}\.[a-z0-9_]{{8}}")
_RECENT_S = 60.0
"""A younger folder may belong to a run that is about to lock it."""


def clear_stubs(results: Path) -> None:
    """Remove the stubs in a folder of results."""
    before = time.time() - _RECENT_S
    with contextlib.suppress(OSError), os.scandir(results) as entries:
        for entry in entries:
            if _ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    if entry.stat().st_mtime < before and _is_free(entry.path):
                        remove_stub(Path(entry.path))


def _is_free(folder: str) -> bool:
    """Return whether no run has locked the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)


def remove_stub(folder: Path) -> None:
    """Remove a folder with nothing in it but what comes before a manifest."""
    with contextlib.suppress(OSError):
        paths = list(folder.iterdir())
        is_stub = all(
            _PART.fullmatch(path.name) and (path.name != JOURNAL or path.stat().st_size == 0)
            for path in paths
        )
        if is_stub:
            for path in paths:
                path.unlink()
            folder.rmdir()
