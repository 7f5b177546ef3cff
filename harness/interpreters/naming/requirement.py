"""A requirement for one interpreter, as the providers receive it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.interpreters.naming.catalogue import Target
from harness.model import Optimised

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Build

__all__ = [
    "CREDENTIALS",
    "AtPath",
    "FromGit",
    "FromTarball",
    "Packed",
    "Requirement",
    "UserBuild",
]

CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")
"""The user name and password in a URL, which must not get into a results folder."""


@dataclass(frozen=True, kw_only=True)
class AtPath:
    """An executable given by its path."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A file made by ``interpreters --pack``, here or on another machine."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class FromTarball:
    """CPython's sources in a local archive."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class FromGit:
    """CPython's sources at a git revision."""

    revision: str
    """Anything git can resolve: a tag, a branch, a hash, ``main~1``."""
    repository: str
    """A URL or the path of a local clone."""


UserBuild = AtPath | Packed | FromTarball | FromGit
"""A build of the user's own: if it is not available, that is an error."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What an interpreter must be."""

    what: Target | UserBuild
    optimised: Optimised = Optimised.ANY
    needs_jit: bool = False
    """CPython's own JIT must be built in; it is switched on at run time."""
    flags: tuple[str, ...] = ()
    """More options for ``configure``, for builds from source."""
    compiler: str = ""
    """The C compiler to build with; empty for the default."""

    @property
    def target(self) -> Target | None:
        """Return the catalogue row, ``None`` for a build of the user's own."""
        return self.what if isinstance(self.what, Target) else None

    @property
    def is_custom(self) -> bool:
        """Return whether only a build made for this request fits."""
        return bool(self.flags or self.compiler)

    @property
    def name(self) -> str:
        """Return the name for progress messages."""
        what = self.what
        if isinstance(what, Target):
            return what.id
        return what.revision if isinstance(what, FromGit) else what.path.name

    @property
    def full_name(self) -> str:
        """Return what distinguishes it from all other requirements, for a list."""
        what = self.what
        name = self.name
        if isinstance(what, FromGit):
            name += f"@{CREDENTIALS.sub('', what.repository)}"
        options = (
            f"flags={shlex.join(self.flags)}" if self.flags else "",
            f"cc={self.compiler}" if self.compiler else "",
        )
        query = "&".join(filter(None, options))
        return f"{name}?{query}" if query else name

    def fits(self, build: Build) -> bool:
        """Return whether a probed build meets the requirement."""
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
