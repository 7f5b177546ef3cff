"""Interpreters in our own store: the fastest answer, and always tried first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import entries, probe_entry
from harness.interpreters.providers.answer import Answer, Cannot, Have

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.naming.wanted import Wanted

__all__ = ["answer"]


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Look for complete entries that fit; only those that answer the probe count."""
    target = wanted.target
    if target is None or wanted.is_custom:
        return Cannot(reason="cache: only for names of the catalogue without options")
    builds = []
    for executable, entry in entries(root):
        is_meant = entry.is_standard and (target.version or not entry.is_exact)
        if not is_meant or not target.fits(entry):
            continue
        try:
            build = probe_entry(executable, entry)
        except InterpreterError:
            continue  # broken: the provider that made it makes it again
        if wanted.fits(build):
            builds.append(build)
    if not builds:
        return Cannot(reason="cache: not in it")
    return Have.of(builds)
