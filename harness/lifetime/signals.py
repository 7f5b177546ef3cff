"""The signals that ask a process to end."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

__all__ = ["deadly", "polite_exits"]

_NAMES = (
    *("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF"),
    *("SIGXCPU", "SIGIO", "SIGPWR"),
)
_NUMBERS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


def deadly() -> dict[int, Handler]:
    """Return those that end this process, at once or politely, with their present handlers.

    One that the parent had ignored stays ignored, as ``nohup`` wants it.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    handlers = {number: signal.getsignal(number) for number in _NUMBERS}
    return {number: it for number, it in handlers.items() if it in (signal.SIG_DFL, _exit)}


@contextlib.contextmanager
def polite_exits() -> Iterator[None]:
    """Make them raise SystemExit for a while, with the status that shells report."""
    before = deadly()
    for number in before:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(128 + number)
