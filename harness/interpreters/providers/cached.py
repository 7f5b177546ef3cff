"""Interpreters in our own store: the fastest answer, and always tried first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.answers import Answer, Cannot, Have
from harness.interpreters.cache import entries, probe_entry

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.catalogue import Target

__all__ = ["answer"]


def answer(target: Target, *, root: Path) -> Answer:
    """Look for complete entries that fit; only those that answer the probe count."""
    builds = []
    for executable, entry in entries(root):
        if not target.fits(entry):
            continue
        try:
            build = probe_entry(executable, entry)
        except InterpreterError:
            continue  # broken: the provider that made it makes it again
        if target.fits(build):
            builds.append(build)
    if not builds:
        return Cannot(reason="cache: not in it")
    return Have.of(builds)
