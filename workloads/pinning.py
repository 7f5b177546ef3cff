"""Pin each member of a gang to a CPU of its own, as the controller asks."""

from __future__ import annotations

import os

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
        os.sched_setaffinity(0, {int(cpus.split(",")[index])})
    except AttributeError:
        note_refusal("this interpreter has no os.sched_setaffinity")
    except (OSError, ValueError, IndexError) as error:
        note_refusal(getattr(error, "strerror", None) or str(error))


def note_refusal(reason: str) -> None:
    """Remember why a member of the gang is not pinned."""
    _refusals.append(reason)


def refusal() -> str:
    """Return why a member is not pinned, or nothing."""
    return _refusals[0] if _refusals else ""
