"""A worker process to start, and how it ended."""

from __future__ import annotations

import dataclasses

__all__ = ["OUTPUT", "TURNS", "Finished", "Launch"]

OUTPUT = "{output}"
"""Placeholder in ``Launch.command`` for the file that the worker writes."""
TURNS = "{turns}"
"""Placeholder in ``Launch.command`` for the descriptor of its channel."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Launch:
    """A worker process to start."""

    command: tuple[str, ...]
    """The arguments ``{output}`` and ``{turns}`` are replaced: by the path of the result file, and
    by the descriptor of the channel of a worker that takes turns."""
    environment: tuple[tuple[str, str], ...]
    """The whole environment: nothing is inherited."""
    affinity: tuple[int, ...]
    """CPUs the worker may use; empty for no restriction."""
    timeout_s: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """How a worker ended."""

    exit_code: int | None
    """``None`` if it could not be started; negative for the signal that ended it."""
    is_timed_out: bool
    duration_s: float
    stderr_tail: str
    result: bytes | None
    """The contents of the result file; ``None`` without a file, and for one that is not read."""
    complaint: str = ""
    """What it did that no worker may do, whatever its exit code."""
    left_processes: int = 0
    """How many processes it had left behind when it ended; they were killed."""
