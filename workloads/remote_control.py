"""The lesson's aircraft: telemetry must be answered in time while other threads compute."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Callable, NamedTuple

from workloads.companion import Companion, companion
from workloads.factorize import divisors
from workloads.ground_control import MESSAGE, steered
from workloads.registry import Part, workload
from workloads.thinking_server import set_undelayed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEADLINE_S", "INTERVAL_S", "REQUESTS", "remote_control"]

INTERVAL_S = 0.005
DEADLINE_S = 0.005
REHEARSALS = 10
"""Commands before those that count: the first of a process are answered by cold code."""
REQUESTS = 100
MIN_REQUESTS = 1000
"""Per thread count and variant: fewer say nothing of the slowest one in a hundred."""
NUMBER = 720_720
CHUNK = 10_000
"""Candidates divided by between two looks at whether to stop: half a millisecond or so."""


class Link(NamedTuple):
    """The aircraft's connection to ground control."""

    control: Companion
    connection: socket.socket


@contextlib.contextmanager
def linked() -> Iterator[Callable[[], Link]]:
    """Start ground control and let it connect."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        control = stack.enter_context(companion("workloads.ground_control", str(port)))
        its_port = int(control.receive())
        while True:
            connection, address = listener.accept()
            if address[1] == its_port:
                break
            connection.close()  # a stranger's
        stack.enter_context(connection)
        set_undelayed(connection)
        link = Link(control, connection)
        yield lambda: link


def answer(connection: socket.socket, count: int) -> None:
    """Answer whatever has arrived, until ``count`` commands are answered.

    The only thread that touches the connection. Returns too when ground control is gone.
    """
    position, received = 0, b""
    while count > 0:
        arrived = connection.recv(4096)
        if not arrived:
            return
        received += arrived
        whole = len(received) // MESSAGE.size * MESSAGE.size
        answers = []
        for number, command in MESSAGE.iter_unpack(received[:whole]):
            position = steered(position, command)
            answers.append(MESSAGE.pack(number, position))
        received = received[whole:]
        connection.sendall(b"".join(answers))
        count -= len(answers)


def compute(go: threading.Event, stop: threading.Event, units: list[int]) -> None:
    """Divide a number by candidate after candidate until told to; add how many to ``units``."""
    # Objects of this thread alone: see ``gang.private_part``.
    number, chunk, done = int(str(NUMBER)), int(str(CHUNK)), 0
    go.wait()
    while not stop.is_set():
        start = done % number + 1
        sum(divisors(number, start, start + chunk))
        done += chunk
    units.append(done)


@workload(
    kind="mixed",
    scaling="weak",
    expectation="with the GIL the first computing thread makes every answer late by a switch "
    "interval or two; without it answers stay quick while there is a core to spare",
    size=REQUESTS,
    tags=("core",),
    value_s=(REHEARSALS + REQUESTS) * INTERVAL_S,
    units=REQUESTS,
    least_units=MIN_REQUESTS,
    is_paced=True,
    has_own_threads=True,
    answering_threads=1,
    deadline_s=DEADLINE_S,
    notes={
        "response_s": "one thread answers a command every 5\u00a0ms while the others compute. A "
        "response time counts from the moment the command was due, not from when it was sent or "
        "read, so one late answer also counts against those it holds up (no coordinated "
        "omission).",
        "send_delay_s": "how late a command itself was sent",
        "missed_deadlines": "answers that took longer than the deadline",
        "computed_units": "trial divisions that the computing threads did meanwhile",
    },
    resource=linked,
)
def remote_control(part: Part) -> int:
    """Answer a command every 5 ms in one thread while the others compute.

    With ``threads=N`` one thread answers and N − 1 compute: none at ``threads=1``. Commands
    come from another process at fixed times; ``response_s`` counts from those times, and
    ``missed_deadlines`` those over 5 ms. ``send_delay_s`` is how late the commands were
    themselves; ``computed_units`` is how many trial divisions the others did meanwhile.

    Isolates: how long a thread that was asleep waits for its turn (the convoy effect).
    Scales: not at all; the time is that of the schedule, the answer times are the result.
    Shared: nothing that is written while it is measured; each thread has its own number.
    """
    link: Link = part.state
    count = REHEARSALS + part.size
    go, stop = threading.Event(), threading.Event()
    units: list[int] = []
    # Nothing computes before all have started: beside threads at work, starting one more has
    # been seen to take 0.1 s on a free-threaded build.
    threads = [
        *(
            threading.Thread(target=compute, args=(go, stop, units), name=f"computing-{index}")
            for index in range(1, part.count)
        ),
        # Last: when one of the others cannot be started, it is not left waiting for commands.
        threading.Thread(target=answer, args=(link.connection, count), name="answering"),
    ]
    try:
        for thread in threads:
            thread.start()
        go.set()
        link.control.send(f"{count} {INTERVAL_S}")
        report = json.loads(link.control.receive())
    finally:
        stop.set()
        go.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    responses = report["response_s"][REHEARSALS:]
    for response_s in responses:
        part.note("response_s", response_s)
    for delay_s in report["send_delay_s"][REHEARSALS:]:
        part.note("send_delay_s", delay_s)
    part.note("missed_deadlines", sum(1 for each in responses if each > DEADLINE_S))
    part.note("computed_units", sum(units))
    return sum(report["correct"][REHEARSALS:])
