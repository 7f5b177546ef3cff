"""What else measures on this machine: another run now, or processes that an earlier one left."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import zlib
from typing import TYPE_CHECKING

from harness.lifetime import earlier
from harness.wording import count

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["clear_earlier", "measuring"]

_MAX_BYTES = 300


def clear_earlier(say: Callable[[str], None]) -> None:
    """End what runs have left whose controller was killed, and say so."""
    if ended := earlier.clear().processes:
        say(f"Ended {count(ended, 'process')} that an earlier run had left.")


@contextlib.contextmanager
def measuring(cache: Path, what: str, *, say: Callable[[str], None]) -> Iterator[None]:
    """Tell other runs that ``what`` is being measured; warn if another run measures already."""
    descriptor = _open(cache)
    if descriptor is None:
        yield
        return
    try:
        if _is_locked(descriptor):
            _write(descriptor, f"{what}, process {os.getpid()}")
        else:
            other = os.pread(descriptor, _MAX_BYTES, 0).decode(errors="replace").strip()
            say(
                f"note: another run measures on this machine ({other or 'it has just begun'}): "
                "both disturb each other; stop one, and continue it afterwards with --resume"
            )
        yield
    finally:
        os.close(descriptor)


def _open(cache: Path) -> int | None:
    """Return the descriptor of the lock, which ends with this process; ``None`` without locks."""
    if sys.platform == "win32":
        return None
    # Several machines may share the cache.
    machine = zlib.crc32(platform.node().encode())
    folder = cache / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder / f"measuring-{machine:08x}", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:  # a read-only cache
        return None


def _is_locked(descriptor: int) -> bool:
    """Lock it; return whether nobody else has, as far as that can be told."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


def _write(descriptor: int, text: str) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode()[:_MAX_BYTES], 0)
