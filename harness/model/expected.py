"""Interpreters that are not here yet, and their variants, in the plan of a dry run."""

from __future__ import annotations

from harness.model.builds import Variant
from harness.model.values import Count, Name, Seconds, Text, Value

__all__ = ["AnyVariant", "ExpectedBuild", "ExpectedVariant"]


class ExpectedBuild(Value, frozen=True, kw_only=True):
    """What would be downloaded or built, and what is known of it before that: nothing probed."""

    name: Text
    """The request, with the options that make it another build: ``3.14t``."""
    how: Text
    """Follows "would be", such as ``built from source``."""
    expected_s: Seconds
    size_bytes: Count | None = None
    """Size on disk, ``None`` if unknown."""
    implementation: Name
    python_version: Name = ""
    """``3.14`` or ``3.14.7``; empty if only the finished build can tell."""
    is_free_threaded: bool = False
    has_jit: bool = False
    """Whether it is known to have CPython's own JIT, switched off."""


class ExpectedVariant(Value, frozen=True, kw_only=True):
    """A variant whose interpreter is not here yet."""

    label: Name
    spec: Text
    build: ExpectedBuild
    environment: tuple[tuple[str, str], ...] = ()
    is_gil_expected: bool

    @property
    def is_jit_on(self) -> bool:
        """Return whether it would compile while it runs, and so need warming up."""
        if self.build.implementation != "cpython":
            return True
        return dict(self.environment).get("PYTHON_JIT", "0") not in ("", "0")


AnyVariant = Variant | ExpectedVariant
