"""Snapshots as text files beside the tests.

To accept a change of words or digits: ``python -m pytest tests/unit/report --snapshot-update``,
and review the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


class TextFile(SingleFileSnapshotExtension):
    """A file of text for each snapshot."""

    file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return what compares a text with the file of this test."""
    return snapshot.use_extension(TextFile)
