"""An executable that the user names by its path: only looked at, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.naming.wanted import AtPath
from harness.interpreters.probing.probe import probe
from harness.interpreters.providers.answer import Answer, Cannot, Have
from harness.model import Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.naming.wanted import Wanted

__all__ = ["answer"]


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Probe it now."""
    del root
    if not isinstance(wanted.what, AtPath):
        return Cannot(reason="")
    path = wanted.what.path
    try:
        build = probe(path, provenance=Provenance(provider="path", source=str(path)))
    except InterpreterError as error:
        return Cannot(reason=str(error))
    return Have(builds=(build,))
