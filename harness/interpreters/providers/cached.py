"""Interpreters in our own cache: the fastest provider, always asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import entries, probe_entry
from harness.interpreters.providers.answer import Answer, Found, Unobtainable

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.naming.requirement import Requirement

__all__ = ["answer"]


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Return the complete entries that fit and answer the probe."""
    target = requirement.target
    if target is None or requirement.is_custom:
        return Unobtainable(reason="cache: only for catalogue names without options")
    builds = []
    for executable, entry in entries(root):
        is_candidate = entry.is_standard and (target.version or not entry.is_exact)
        if not is_candidate or not target.fits(entry):
            continue
        try:
            build = probe_entry(executable, entry)
        except InterpreterError:
            continue  # broken: its provider makes it again
        if requirement.fits(build):
            builds.append(build)
    if not builds:
        return Unobtainable(reason="cache: not in it")
    return Found.of(builds)
