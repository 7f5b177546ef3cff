"""Interpreters in our own cache: the fastest provider, always asked first."""

from __future__ import annotations

import contextlib
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
        with contextlib.suppress(InterpreterError):  # broken: its provider makes it again
            builds.append(probe_entry(executable, entry))
    fitting = Found.of(filter(requirement.fits, builds))
    return fitting if fitting.builds else Unobtainable(reason="cache: not in it")
