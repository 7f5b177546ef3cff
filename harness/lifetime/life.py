"""The folder of this process's life: everything temporary is in it, and it goes with the process.

It contains a file that this process keeps locked. So anybody can tell whether the process is alive,
in another container too, and whatever its number; the lock ends with the process, however it ends.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import itertools
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = ["OWNER", "PREFIX", "Life", "is_over", "life", "new_folder", "remove"]

PREFIX = "gilscope-"
OWNER = "owner"
"""The file in the folder that is locked as long as the process lives."""
_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Life:
    """The life of a process."""

    folder: Path
    pid: int
    """The process: a fork of it has a life of its own."""
    _lock: int

    def end(self) -> None:
        """Remove the folder, and release its lock."""
        if self.pid == os.getpid():
            remove(self.folder)
            with contextlib.suppress(OSError):
                os.close(self._lock)


_lives: dict[str, Life] = {}
"""The life that is used, by the folder it is in."""


def life() -> Life:
    """Return the life of this process, in the present temporary folder; raises OSError."""
    place = tempfile.gettempdir()
    known = _lives.get(place)
    if known is None or known.pid != os.getpid() or not known.folder.is_dir():
        known = _lives[place] = _begin(place)
    return known


def new_folder() -> Path:
    """Make an empty folder in that of this life; raises OSError.

    All have names of one length: a worker's environment has it, whose size may change its speed.
    """
    folder = life().folder / f"{next(_numbers):06}"
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """Remove a folder with all its contents, as far as that is possible; never fail."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    # What a worker made unreadable; its own permissions matter only to those who are not root.
    for path, names, _ in os.walk(folder):
        for each in (path, *(os.path.join(path, name) for name in names)):  # noqa: PTH118
            with contextlib.suppress(OSError):
                os.chmod(each, 0o700, follow_symlinks=False)  # noqa: PTH101
    shutil.rmtree(folder, ignore_errors=True)


def is_over(folder: Path) -> bool:
    """Return whether the process whose life had this folder has ended: not if in doubt."""
    if sys.platform == "win32":
        return False
    try:
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return False
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(folder / OWNER, flags)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _begin(place: str) -> Life:
    # Under another name until it is locked: nobody may take it for that of a life that is over.
    hidden = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=place))
    folder = hidden.with_name(hidden.name[1:])
    try:
        descriptor = os.open(hidden / OWNER, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if sys.platform != "win32":
            # Where nothing can be locked, nobody can tell that the life is over.
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(folder)
    except BaseException:  # a signal may raise an exit here
        remove(hidden)
        raise
    begun = Life(folder=folder, pid=os.getpid(), _lock=descriptor)
    atexit.register(begun.end)
    return begun
