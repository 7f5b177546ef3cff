"""Ctrl-C: once to finish the current job and report, twice to stop now."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["Interrupt", "graceful_sigint"]


@dataclasses.dataclass
class Interrupt:
    """The number of requests to stop."""

    count: int = 0

    def is_asked(self) -> bool:
        """Return whether the user asked to stop at all."""
        return self.count > 0


@contextlib.contextmanager
def graceful_sigint(say: Callable[[str], None], *, end: Callable[[], None]) -> Iterator[Interrupt]:
    """Count SIGINT instead of raising; the second one calls ``end``.

    SIGTERM calls it at once: its sender does not wait for a job to end.
    """
    interrupt = Interrupt()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        interrupt.count += 1
        if interrupt.count > 1 or number == signal.SIGTERM:
            end()
        else:
            say("Stopping after the current job or round; press Ctrl-C again to stop now.")

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
