"""Pin each member of a gang to a CPU of its own, as the controller asks."""

from __future__ import annotations

import os
import sys

from workloads.environment import PIN

__all__ = ["note_refusal", "pin_member", "refusal"]

_refusals: list[str] = []


def pin_member(index: int) -> None:
    """Pin the calling thread to the CPU of member ``index``, if the gang is to be pinned.

    A refusal is not an error: it is kept, and the result says that the gang was not pinned.
    """
    cpus = os.environ.get(PIN, "")
    if not cpus:
        return
    try:
        _pin_thread(int(cpus.split(",")[index]))
    except (OSError, ValueError, IndexError, ImportError) as error:
        note_refusal(getattr(error, "strerror", None) or str(error))


def _pin_thread(cpu: int) -> None:
    """Pin the calling thread to a CPU; raises OSError."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})
    elif sys.platform == "linux":
        _pin_by_libc(cpu)
    else:
        raise OSError(0, "this system cannot pin threads")


def _pin_by_libc(cpu: int) -> None:
    """Pin the calling thread where Python cannot, as in PyPy 7.3."""
    import ctypes  # noqa: PLC0415 - only where there is no other way

    libc = ctypes.CDLL(None, use_errno=True)
    bits = 8 * ctypes.sizeof(ctypes.c_ulong)
    mask = (ctypes.c_ulong * (cpu // bits + 1))()
    mask[cpu // bits] = 1 << cpu % bits
    if libc.sched_setaffinity(0, ctypes.sizeof(mask), mask):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def note_refusal(reason: str) -> None:
    """Remember why a member of the gang is not pinned."""
    _refusals.append(reason)


def refusal() -> str:
    """Return why a member is not pinned, or nothing."""
    return _refusals[0] if _refusals else ""
