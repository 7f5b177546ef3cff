"""What a worker inherits from the thread that starts it."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["inheritance"]


@contextlib.contextmanager
def inheritance(cpus: tuple[int, ...]) -> Iterator[None]:
    """Pin this thread and block SIGINT while a child is started: the child inherits both.

    Not every interpreter can set its affinity (PyPy 7.3 cannot). Until the child has its own
    session, the terminal's Ctrl-C would reach it and end the job.
    """
    with contextlib.ExitStack() as stack:
        if cpus and hasattr(os, "sched_setaffinity"):
            # Refused by a sandbox, or for a CPU that was taken away: then it starts anywhere.
            with contextlib.suppress(OSError):
                ours = os.sched_getaffinity(0)
                os.sched_setaffinity(0, cpus)
                stack.callback(_set_affinity_again, ours)
        if hasattr(signal, "pthread_sigmask"):
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        yield


def _set_affinity_again(cpus: set[int]) -> None:
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cpus)
