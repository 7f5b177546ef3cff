"""The same work in N interpreters of one process, each with a GIL of its own (3.14 and newer)."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from workloads.gang import WorkloadError
from workloads.remote import RemoteGang, serve

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["InterpreterGang", "is_available"]

_END_S = 1.0
"""An interpreter waits for threads that a workload has left in it; nobody else need."""


def is_available() -> bool:
    """Return whether this interpreter can make others: ``concurrent.interpreters``."""
    return _module() is not None


def _module() -> Any:  # noqa: ANN401 - a module that most versions lack
    try:
        from concurrent import interpreters  # type: ignore[attr-defined]  # noqa: PLC0415
    except ImportError:
        return None
    return interpreters


class _Room:
    """The line to one interpreter."""

    def __init__(self, workload: str, index: int, count: int) -> None:
        orders, self._orders = os.pipe()
        answers_fd, answers = os.pipe()
        self._answers: IO[bytes] = os.fdopen(answers_fd, "rb")
        self._error = ""
        code = (
            f"from workloads.subinterpreters import serve_pipes\n"
            f"serve_pipes({workload!r}, {index}, {count}, {orders}, {answers})\n"
        )
        self._thread = threading.Thread(
            target=self._live, args=(code, orders, answers), name=f"interpreter-{index}"
        )
        self._thread.start()

    def _live(self, code: str, orders: int, answers: int) -> None:
        interpreter = _module().create()
        try:
            interpreter.exec(code)
        except Exception as error:  # noqa: BLE001 - handed to the main interpreter
            self._error = str(error)
        finally:
            os.close(answers)
            os.close(orders)
            interpreter.close()

    def send(self, order: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._orders, order)

    def readline(self) -> bytes:
        return self._answers.readline()

    def why_ended(self) -> str:
        self._thread.join(_END_S)
        return f"with {self._error or 'no word'}"

    def close(self) -> None:
        os.close(self._orders)
        self._thread.join(_END_S)
        self._answers.close()


class InterpreterGang(RemoteGang):
    """N interpreters of one process."""

    def __init__(self, workload: Workload, count: int) -> None:
        """Start the interpreters and wait until every one is ready at its gate."""
        if not is_available():
            raise WorkloadError("this interpreter has no concurrent.interpreters (3.14 has)")
        started = time.perf_counter()
        rooms = [_Room(workload.name, index, count) for index in range(count)]
        super().__init__(workload, list(rooms), started=started)

    def _cpu_s(self, each: list[float]) -> float:
        # They share one process, and each has measured all of it over its own span.
        return max(each)

    def pids(self) -> list[int]:
        """Return this process."""
        return [os.getpid()]


def serve_pipes(name: str, index: int, count: int, orders: int, answers: int) -> None:
    """Do in a new interpreter what ``processes`` does in a child; the pipes stay the caller's."""
    reading = os.fdopen(orders, "r", closefd=False)
    writing = os.fdopen(answers, "w", closefd=False)
    with reading, writing:
        serve(name, index, count, reading, writing, is_alone=False)
