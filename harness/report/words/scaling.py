"""Whether something scales, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Scale
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.model import ScalingVerdict

__all__ = ["is_open", "remedy"]


def is_open(scaling: ScalingVerdict | None) -> bool:
    """Return whether it was judged, and nothing could be told."""
    return scaling is not None and scaling.word is Scale.UNRESOLVED


def remedy(scaling: ScalingVerdict | None) -> str:
    """Return what would tell, with a comma before it, where nothing could be told."""
    if scaling is None or scaling.word is not Scale.UNRESOLVED:
        return ""
    if scaling.blocks is None:
        return ", and more blocks alone would hardly tell"
    return f", and about {formatting.count(scaling.blocks, 'block')} would tell"
