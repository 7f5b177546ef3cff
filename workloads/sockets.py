"""Round trips to a server in another process: waiting for an answer, as most programs do."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Callable

from workloads.companion import companion
from workloads.registry import Part, workload
from workloads.thinking_server import FRAME, THINK_S, answer_to, read_frame, set_undelayed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUND_TRIPS = 100


@contextlib.contextmanager
def connections() -> Iterator[Callable[[], socket.socket]]:
    """Start the server; yield what opens a connection to it, to be called once per part."""
    with companion("workloads.thinking_server") as server, contextlib.ExitStack() as stack:
        port = int(server.receive())

        def connect() -> socket.socket:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            set_undelayed(connection)
            return connection

        yield connect


def _checked(number: int, frame: bytes) -> int:
    """Return what the server answered about ``number``; raises RuntimeError if that is wrong."""
    if len(frame) < FRAME.size:
        raise RuntimeError("the server closed the connection")
    echo, answer = FRAME.unpack(frame)
    if (echo, answer) != (number, answer_to(number)):
        raise RuntimeError(f"the server answered {(echo, answer)} to {number}")
    return int(answer)


async def socket_io_task(part: Part) -> int:
    """Do the same round trips as a task."""
    import asyncio  # noqa: PLC0415 - a large import, which threads do not need

    loop = asyncio.get_running_loop()
    connection: socket.socket = part.state
    connection.settimeout(0)
    total = 0
    for number in range(part.size):
        await loop.sock_sendall(connection, FRAME.pack(number, 0))
        frame = b""
        while len(frame) < FRAME.size:
            more = await loop.sock_recv(connection, FRAME.size - len(frame))
            if not more:
                break
            frame += more
        total += _checked(number, frame)
    return total


@workload(
    kind="io",
    scaling="weak",
    expectation="N threads make N times as many round trips in the same time, on every build",
    size=ROUND_TRIPS,
    modes=("threads", "asyncio"),
    tags=("core",),
    # An answer takes a little longer than the server thinks.
    value_s=1.1 * ROUND_TRIPS * THINK_S,
    units=ROUND_TRIPS,
    coroutine=socket_io_task,
    resource=connections,
)
def socket_io(part: Part) -> int:
    """Ask a server in another process, which thinks 1 ms before it answers, a hundred times.

    Isolates: a blocking system call per request and per answer, a little bytecode between.
    Scales: weak, every thread makes a hundred round trips over a connection of its own.
    Shared: nothing here; the server, which has a thread per connection and mostly sleeps.
    """
    connection: socket.socket = part.state
    total = 0
    for number in range(part.size):
        connection.sendall(FRAME.pack(number, 0))
        total += _checked(number, read_frame(connection))
    return total
