"""Turns: a worker waits for the controller's token before each call.

All workers of a group live side by side, and only the one that holds the token runs. The controller
writes ``GO`` for a call and ``END`` after the last one; the worker writes ``READY`` when it waits
for its first token, and ``DONE`` after each call.
"""

from __future__ import annotations

import os
from typing import Optional

__all__ = ["DONE", "END", "GO", "READY", "NoMoreTurns", "Turns"]

GO, END = b"g", b"e"
READY, DONE = b"r", b"d"
_GONE = 4
"""Exit status of a worker whose controller has ended: nobody reads it."""


class NoMoreTurns(Exception):  # noqa: N818 - no error: the controller has enough values
    """There will be no further call."""


class Turns:
    """The worker's end of the channel; without one, every call goes ahead at once."""

    def __init__(self, descriptor: Optional[int]) -> None:
        """Use an inherited descriptor that can be read and written; ``None`` to go ahead."""
        self._descriptor = descriptor
        self._is_over = descriptor is None
        self._is_announced = False
        self._pid = os.getpid()
        if descriptor is not None:
            # Children that held it would hide the end of this process from the controller.
            os.set_inheritable(descriptor, False)  # noqa: FBT003 - takes no keywords

    def wait(self) -> None:
        """Return when the controller grants a call; raises NoMoreTurns when it never will."""
        self._end_copy()
        if self._descriptor is None:
            return
        if self._is_over or self._token() == END:
            self._is_over = True
            raise NoMoreTurns

    def done(self) -> None:
        """Give the token back."""
        self._end_copy()
        if self._descriptor is not None:
            os.write(self._descriptor, DONE)

    def wait_for_end(self) -> None:
        """Stay quiet while others may have turns."""
        self._end_copy()
        while not self._is_over:
            self._is_over = self._token() == END

    def _end_copy(self) -> None:
        """End a forked child that has come back from the workload: only the worker measures."""
        if os.getpid() != self._pid:
            os._exit(0)

    def _token(self) -> bytes:
        assert self._descriptor is not None  # noqa: S101 - both callers have looked
        try:
            if not self._is_announced:
                self._is_announced = True
                os.write(self._descriptor, READY)
            token = os.read(self._descriptor, 1)
        except OSError:
            token = b""
        if not token:
            os._exit(_GONE)
        return token
