"""The interpreters that can be requested by name: ``catalogue.toml``, decoded."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from typing import Protocol

    class Described(Protocol):
        """A probed build, or its record in the cache."""

        @property
        def implementation(self) -> str: ...
        @property
        def python_version(self) -> str: ...
        @property
        def is_free_threaded(self) -> bool: ...
        @property
        def is_debug(self) -> bool: ...


__all__ = ["Catalogue", "Distro", "Source", "Target", "catalogue", "decode"]

_FILE = Path(__file__).with_name("catalogue.toml")


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the rows: immutable, hashable, strict when decoded."""


class Distro(_Row, frozen=True, kw_only=True):
    """A package of Linux distributions, and the releases that have it."""

    package: str
    size_mb: int
    """Size on disk, unpacked."""
    has_jit: bool = False
    """Whether it was built with CPython's own JIT, switched off."""
    releases: dict[str, tuple[str, ...]]


class Source(_Row, frozen=True, kw_only=True):
    """The tarball of one CPython release."""

    python: str
    version: str
    sha256: str
    urls: tuple[str, ...]


class Target(_Row, frozen=True, kw_only=True):
    """An interpreter that can be requested by name, and how to get it."""

    id: str
    implementation: str
    python: str
    """Language version such as ``3.14``; empty if any supported version fits."""
    version: str = ""
    """One release, such as ``3.14.7``; empty for the newest, as in all rows of the file."""
    is_free_threaded: bool = False
    uv: str = ""
    distro: Distro | None = None
    source: str = ""

    def __hash__(self) -> int:
        """Hash by name: a field is a dict and cannot be hashed."""
        return hash(self.id)

    def at(self, version: str) -> Target:
        """Return this row narrowed to one release."""
        name = version + ("t" if self.is_free_threaded else "")
        uv = self.uv.replace(self.python, version)
        return msgspec.structs.replace(self, id=name, version=version, uv=uv)

    def fits(self, build: Described, *, may_be_debug: bool = False) -> bool:
        """Return whether this name selects a probed build, or its record."""
        return (
            build.implementation == self.implementation
            and build.is_free_threaded == self.is_free_threaded
            and (may_be_debug or not build.is_debug)
            and self.python in ("", _minor(build.python_version))
            and self.version in ("", build.python_version)
        )


class Catalogue(
    _Row, frozen=True, kw_only=True, rename={"interpreters": "interpreter", "sources": "source"}
):
    """All rows, in the order of the file."""

    interpreters: tuple[Target, ...]
    sources: tuple[Source, ...]

    def target(self, name: str) -> Target | None:
        """Return the row with this id, or ``None``."""
        return next((row for row in self.interpreters if row.id == name), None)

    def sources_of(self, target: Target) -> tuple[Source, ...]:
        """Return the tarballs ``target`` can be built from, the newest first."""
        return tuple(
            row
            for row in self.sources
            if target.source and row.python == target.source and target.version in ("", row.version)
        )

    def pairs(self) -> tuple[tuple[Target, Target], ...]:
        """Return the CPython rows that exist with and without the GIL, newest first."""
        free = {row.python: row for row in self.interpreters if row.is_free_threaded}
        return tuple(
            (row, free[row.python])
            for row in self.interpreters
            if not row.is_free_threaded and row.implementation == "cpython" and row.python in free
        )


def decode(text: bytes) -> Catalogue:
    """Decode and validate a catalogue; raise ``msgspec.ValidationError`` if malformed."""
    return msgspec.toml.decode(text, type=Catalogue)


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue that ships with this package."""
    return decode(_FILE.read_bytes())


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
