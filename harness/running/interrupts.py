"""Ctrl-C: once to finish the current job and report, twice to stop now.

Any other signal that would end the process stops it now, too: its sender does not wait.
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from typing import TYPE_CHECKING

from harness.lifetime.signals import deadly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["Interrupt", "graceful_sigint"]


@dataclasses.dataclass
class Interrupt:
    """The requests to stop."""

    count: int = 0
    deadly: int | None = None
    """The first signal that was no Ctrl-C."""

    def is_asked(self) -> bool:
        """Return whether anybody asked to stop at all."""
        return self.count > 0


@contextlib.contextmanager
def graceful_sigint(
    say: Callable[[str], None], *, end: Callable[[], None], end_workers: Callable[[], None]
) -> Iterator[Interrupt]:
    """Count SIGINT instead of raising; the second one calls ``end``.

    Other signals call ``end_workers`` at once, which does not raise: a page is made afterwards, and
    what it needs may be half imported just now.
    """
    interrupt = Interrupt()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        interrupt.count += 1
        if number != signal.SIGINT:
            interrupt.deadly = interrupt.deadly or number
            end_workers()
        elif interrupt.count > 1:
            end()
        else:
            say("Stopping after the current job or round; press Ctrl-C again to stop now.")

    before = {signal.SIGINT: signal.getsignal(signal.SIGINT), **deadly()}
    for number in before:
        signal.signal(number, on_signal)
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
