"""The result of a command that makes a page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Made"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Made:
    """A page that was made."""

    page: Path
    text: str
    """For standard output."""
    failure: str = ""
    """Gates that tripped or pages that could not be made; empty when all is well."""
