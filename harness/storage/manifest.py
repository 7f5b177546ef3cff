"""The manifest of an experiment: read, checked and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError, os_error_as
from harness.files import read_plain, write_whole
from harness.model import Manifest
from harness.storage.checksum import repeated_key, sealed, unsealed
from harness.storage.consistency import complaint_about
from harness.storage.earlier_workloads import with_facts

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MANIFEST", "SCHEMA_VERSION", "manifest_bytes", "read_manifest", "write_manifest"]

SCHEMA_VERSION = 4
"""2 has more facts of the workloads than 1: deadline, notes, rank. 3 has the turns of rounds. 4 has
checksums, of the manifest and of each line of the journal."""
MANIFEST = "manifest.json"
_MAX_BYTES = 64_000_000


class _Version(msgspec.Struct):
    schema_version: int


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an experiment folder; raises StoreError."""
    path, data = folder / MANIFEST, manifest_bytes(folder)
    try:
        document = unsealed(data)
        # The version first: a newer schema may have fields that this one refuses.
        version = msgspec.json.decode(document, type=_Version).schema_version
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{path} has schema {version}, this version reads up to {SCHEMA_VERSION}: "
                f"update gilscope to read it"
            )
        manifest = msgspec.json.decode(document, type=Manifest)
        # Without a checksum: decoding takes the last of two equal keys.
        twice = repeated_key(document) if document is data else ""
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise StoreError(f"{path} is damaged: {error}; restore it from a copy") from error
    if complaint := f"it has the key {twice!r} twice" if twice else complaint_about(manifest):
        raise StoreError(f"{path} is damaged: {complaint}")
    return with_facts(manifest) if version == 1 else manifest


def manifest_bytes(folder: Path) -> bytes:
    """Return the manifest of an experiment folder as it is stored; raises StoreError."""
    path = folder / MANIFEST
    hint = f"is {folder.name} an experiment folder?"
    with os_error_as(StoreError, f"{path} cannot be read", hint):
        return read_plain(path, max_bytes=_MAX_BYTES)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest at once; raises OSError, and StoreError for one that is not readable."""
    encoded = msgspec.json.encode(manifest)
    try:
        msgspec.json.decode(encoded, type=Manifest)  # an unreadable one is not written
    except msgspec.ValidationError as error:
        raise StoreError(f"{folder / MANIFEST} would not be readable: {error}") from error
    write_whole(folder / MANIFEST, sealed(msgspec.json.format(encoded) + b"\n"))
