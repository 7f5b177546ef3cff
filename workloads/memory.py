"""How much memory processes use, as the kernel counts it: on Linux, ``None`` elsewhere."""

from __future__ import annotations

from typing import Optional

__all__ = ["peak_rss", "pss"]


def peak_rss(pids: list[int]) -> Optional[int]:
    """Return the peak resident set sizes of processes added up, bytes; ``None`` if unknown.

    Not ``ru_maxrss``: on Linux it survives exec, and so starts at the parent's peak.
    """
    return _total(pids, "status", "VmHWM:")


def pss(pids: list[int]) -> Optional[int]:
    """Return the proportional set sizes added up as they are now, bytes; ``None`` if unknown.

    A page that several processes share is divided among them, so the sum is what they really
    use together.
    """
    return _total(pids, "smaps_rollup", "Pss:")


def _total(pids: list[int], name: str, key: str) -> Optional[int]:
    each = [_read(f"/proc/{pid}/{name}", key) for pid in pids]
    known = [size for size in each if size is not None]
    return sum(known) if len(known) == len(pids) else None


def _read(path: str, key: str) -> Optional[int]:
    """Return the value of a line such as ``Pss:  1234 kB`` in bytes."""
    try:
        with open(path, encoding="ascii", errors="replace") as lines:  # noqa: PTH123 - spares an import
            return next((int(one.split()[1]) * 1024 for one in lines if one.startswith(key)), None)
    except OSError:
        return None
