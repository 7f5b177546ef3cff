"""Settings of the interpreter that a workload may change: read, compared and set back.

Not among them: the state of random generators and decimal contexts, which decide a result and not
how long it takes, and which checksums watch over.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import warnings
from typing import Any, Callable, NamedTuple

from workloads import remarks

__all__ = ["OF_PROCESS", "OF_THREAD", "Kept", "Setting"]

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD")
    if hasattr(signal, name)
)


class Setting(NamedTuple):
    """One setting."""

    name: str
    read: Callable[[], Any]
    restore: Callable[[Any], object]
    state: Callable[[Any], str] = lambda value: ""  # noqa: ARG005
    """Returns words for a value that the workload's file chose, where it changes how long work
    takes; empty where it does not."""


def _folder() -> str:
    with contextlib.suppress(OSError):  # it was removed
        return os.getcwd()  # noqa: PTH109 - a text, as chdir takes it
    return ""


def _restore_environment(before: dict[str, str]) -> None:
    for name in set(os.environ) - set(before):
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in _SIGNALS]


def _restore_handlers(before: list[Any]) -> None:
    for number, handler in zip(_SIGNALS, before):
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _timer() -> float:
    # How much is left changes by itself.
    return float(signal.getitimer(signal.ITIMER_REAL)[0] > 0)


def _restore_filters(before: list[Any]) -> None:
    warnings.resetwarnings()  # notes the change too, which an assignment does not
    warnings.filters[:] = before  # type: ignore[index]


def _restore_path(before: list[str]) -> None:
    sys.path[:] = before


def _restore_streams(before: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = before


def _restore_collector(is_on: bool) -> None:  # noqa: FBT001 - a value like the others
    (gc.enable if is_on else gc.disable)()


def _tracing() -> tuple[Any, Any]:
    return sys.gettrace(), sys.getprofile()


def _restore_tracing(before: tuple[Any, Any]) -> None:
    sys.settrace(before[0])
    sys.setprofile(before[1])


def _thread_hooks() -> tuple[Any, Any]:
    return getattr(threading, "_trace_hook", None), getattr(threading, "_profile_hook", None)


def _restore_thread_hooks(before: tuple[Any, Any]) -> None:
    threading.settrace(before[0])
    threading.setprofile(before[1])


OF_PROCESS = (
    Setting(
        "the switch interval",
        sys.getswitchinterval,
        sys.setswitchinterval,
        lambda value: f"a switch interval of {value:g} s",
    ),
    Setting(
        "whether the garbage collector is on",
        gc.isenabled,
        _restore_collector,
        lambda value: f"the garbage collector {'on' if value else 'off'}",
    ),
    *(
        [
            Setting(
                "the thresholds of the garbage collector",
                gc.get_threshold,
                lambda before: gc.set_threshold(*before),
                lambda value: f"garbage collector thresholds of {', '.join(map(str, value))}",
            )
        ]
        if hasattr(gc, "get_threshold")  # PyPy has none
        else []
    ),
    Setting(
        "the trace or profile function of new threads",
        _thread_hooks,
        _restore_thread_hooks,
        lambda value: "a trace or profile function" if any(value) else "",
    ),
    Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    Setting("the current folder", _folder, lambda before: os.chdir(before or os.curdir)),
    Setting("the environment", lambda: dict(os.environ), _restore_environment),
    Setting("signal handlers", _handlers, _restore_handlers),
    *(
        [Setting("a timer", _timer, lambda _: signal.setitimer(signal.ITIMER_REAL, 0))]
        if hasattr(signal, "setitimer")
        else []
    ),
    Setting("the filters of warnings", lambda: list(warnings.filters), _restore_filters),
    Setting("sys.path", lambda: list(sys.path), _restore_path),
    Setting("standard streams", lambda: (sys.stdin, sys.stdout, sys.stderr), _restore_streams),
)
OF_THREAD = (
    Setting(
        "the trace or profile function",
        _tracing,
        _restore_tracing,
        lambda value: "a trace or profile function" if any(value) else "",
    ),
    *(
        [
            Setting(
                "the CPUs that it may use",
                lambda: os.sched_getaffinity(0),
                lambda before: os.sched_setaffinity(0, before),
            )
        ]
        if hasattr(os, "sched_getaffinity")  # PyPy 7.3 and macOS have none
        else []
    ),
)
"""Each thread has its own."""


class Kept:
    """Values of settings, to be compared with those of later."""

    def __init__(self, settings: tuple[Setting, ...]) -> None:
        """Read the settings."""
        self._values = [(setting, setting.read()) for setting in settings]

    def put_back(self) -> None:
        """Set back what is not as it was, and remark it."""
        for setting, before in self._values:
            if setting.read() != before:
                # Refused outside the main thread, or for a folder that is gone.
                with contextlib.suppress(OSError, ValueError):
                    setting.restore(before)
                remarks.add(remarks.RESTORED, setting.name)

    def remark_states(self) -> None:
        """Remark what is not as it was and changes how long work takes."""
        for setting, before in self._values:
            now = setting.read()
            words = setting.state(now) if now != before else ""
            if words:
                remarks.add(remarks.STATE, words)
