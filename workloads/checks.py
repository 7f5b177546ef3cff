"""Checks of what no workload may do while it is timed; each fails with a plain sentence."""

from __future__ import annotations

import os

__all__ = ["FAILED", "WorkloadError", "refuse_exit", "verify", "watch_forks"]

FAILED = 3
"""Exit status of a worker whose last line of standard error says what went wrong."""
_ourselves = os.getpid()
_forks: list[int] = []


class WorkloadError(Exception):
    """A workload raised in one of its threads, or returned a wrong checksum."""


def watch_forks() -> None:
    """Count the forks of this process; starting other programs does not count."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_parent=lambda: _forks.append(1))


def verify(checksum: object) -> None:
    """Raise WorkloadError for a result that is no integer, and for a fork that happened.

    A forked copy of this process that came back from the workload ends here: it would go
    on as a second worker.
    """
    if os.getpid() != _ourselves:
        os._exit(1)
    if _forks:
        raise WorkloadError(
            "the workload forked this process, which holds threads: start programs with "
            "subprocess, or measure processes with --mode processes"
        )
    if not isinstance(checksum, int) or isinstance(checksum, bool):
        kind = type(checksum)
        name = kind.__qualname__ if kind.__module__ == "builtins" else _full_name(kind)
        raise WorkloadError(
            f"the workload returned {name}, not an integer: return a checksum of what it "
            "computed, such as int(total)"
        )


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def refuse_exit(error: SystemExit) -> WorkloadError:
    """Return what to raise for a workload that wants to end the program."""
    return WorkloadError(f"the workload called sys.exit({error.code!r}): return instead")
