"""What is wanted of the providers: one interpreter, and what must be true of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.interpreters.naming.catalogue import Target

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Build

__all__ = ["AtPath", "FromGit", "FromTarball", "Optimised", "Own", "Packed", "Wanted"]


class Optimised(enum.StrEnum):
    """How well a CPython must be compiled at least."""

    ANY = "any"
    PGO = "pgo"
    LTO = "lto"
    """PGO and LTO."""


@dataclass(frozen=True, kw_only=True)
class AtPath:
    """An executable of the user's."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A file made by ``interpreters --pack``, here or on another machine."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class FromTarball:
    """CPython's sources in a local archive, to be built."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class FromGit:
    """CPython's sources at a revision, to be built."""

    revision: str
    """Anything git can resolve: a tag, a branch, a hash, ``main~1``."""
    repository: str
    """A URL or the path of a local clone."""


Own = AtPath | Packed | FromTarball | FromGit
"""The user's own: when it cannot be had that is an error, not a missing row."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One interpreter, as every provider is asked for it."""

    what: Target | Own
    optimised: Optimised = Optimised.ANY
    needs_jit: bool = False
    """CPython's own JIT must be built in; whether it is on is decided at run time."""
    flags: tuple[str, ...] = ()
    """More options for ``configure``: only a build from source can honour them."""
    compiler: str = ""
    """The C compiler to build with; empty for the usual one."""

    @property
    def target(self) -> Target | None:
        """Return the row of the catalogue, ``None`` for the user's own."""
        return self.what if isinstance(self.what, Target) else None

    @property
    def is_custom(self) -> bool:
        """Return whether only a build made for this very request will do."""
        return bool(self.flags or self.compiler)

    @property
    def name(self) -> str:
        """Return what to call it while it is being got."""
        what = self.what
        if isinstance(what, Target):
            return what.id
        return what.revision if isinstance(what, FromGit) else what.path.name

    def fits(self, build: Build) -> bool:
        """Say whether a probed build is what is wanted."""
        if self.target is None:
            return True
        if not self.target.fits(build, may_be_debug=self.is_custom):
            return False
        if self.needs_jit and build.jit == "none":
            return False
        if build.implementation != "cpython":
            return True
        has_lto = build.has_lto or self.optimised is not Optimised.LTO
        return has_lto and (build.has_pgo or self.optimised is Optimised.ANY)
