"""What is remarkable about how a workload was measured: what it changed and left behind."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from workloads import remarks

__all__ = ["Remark", "RemarkKind"]


class RemarkKind(enum.StrEnum):
    """The kind of a remark, by the worker's own names."""

    STATE = remarks.STATE
    RESTORED = remarks.RESTORED
    THREAD = remarks.THREAD
    CHILD = remarks.CHILD
    FILES = remarks.FILES


class Remark(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One remark of a worker."""

    kind: RemarkKind
    subject: Annotated[str, Meta(max_length=remarks.MAX_LENGTH)]
    """A setting, a state, or the name of what was left."""
