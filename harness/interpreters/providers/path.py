"""An executable given by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.naming.requirement import AtPath
from harness.interpreters.probing.probe import probe
from harness.interpreters.providers.answer import Answer, Found, Unobtainable
from harness.model import Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.naming.requirement import Requirement

__all__ = ["answer"]


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Probe the executable."""
    del root
    if not isinstance(requirement.what, AtPath):
        return Unobtainable(reason="")
    path = requirement.what.path
    try:
        build = probe(path, provenance=Provenance(provider="path", source=str(path)))
    except InterpreterError as error:
        return Unobtainable(reason=str(error))
    return Found(builds=(build,))
