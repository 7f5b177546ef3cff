"""Waiting in the operating system, where the GIL is released."""

from __future__ import annotations

import contextlib
import select
import socket

from workloads.registry import Part, workload

WAIT_S = 0.1
WAITS = 5


async def blocking_io_task(part: Part) -> int:
    """Wait as often and as long as a task: the event loop waits for all sockets at once."""
    import asyncio  # noqa: PLC0415 - a large import, which threads do not need

    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    waits = 0
    with ours, theirs:
        for _ in range(part.size):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(loop.sock_recv(ours, 1), WAIT_S)
                raise RuntimeError("the idle socket became readable")
            waits += 1
    return waits


@workload(
    kind="io",
    scaling="weak",
    expectation="N threads wait N times as much in the same time, on every build",
    size=WAITS,
    modes=("threads", "asyncio"),
    tags=("core",),
    value_s=WAIT_S * WAITS,
    units=WAITS,
    coroutine=blocking_io_task,
    rank=1,
)
def blocking_io(part: Part) -> int:
    """Wait five times 0.1 s for an idle socket, in the operating system.

    Isolates: a blocking system call, during which CPython releases the GIL.
    Scales: weak, every thread waits five times.
    Shared: nothing; every thread waits on a socket of its own.
    """
    # One end of a pair: an unconnected socket would be "readable" at once on Linux (it
    # has hung up), and select would not wait at all.
    ours, theirs = socket.socketpair()
    waits = 0
    with ours, theirs:
        for _ in range(part.size):
            readable, _, _ = select.select([ours], [], [], WAIT_S)
            if readable:
                raise RuntimeError("the idle socket became readable")
            waits += 1
    return waits
