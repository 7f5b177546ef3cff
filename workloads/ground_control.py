"""The client of ``remote_control``: commands at fixed times, whether answered or not."""

from __future__ import annotations

import gc
import json
import select
import socket
import struct
import sys
import time
from typing import NamedTuple

from workloads.thinking_server import set_undelayed

__all__ = ["MESSAGE", "Report", "command_of", "conduct", "steered"]

MESSAGE = struct.Struct("<II")
"""A number and a command, or the same number and the position after that command."""
GRACE_S = 10.0
"""How long an answer is waited for after the last command."""


class Report(NamedTuple):
    """What became of every command."""

    response_s: list[float]
    """From the scheduled time to the answer."""
    send_delay_s: list[float]
    """From the scheduled time to sending: how late this process itself was."""
    correct: list[bool]


def command_of(number: int) -> int:
    """Return the command with this number."""
    return number * 7_919 % 360


def steered(position: int, command: int) -> int:
    """Return the position after a command: it depends on all commands and their order."""
    return (position * 31 + command) % 2**32


def conduct(aircraft: socket.socket, count: int, interval_s: float) -> Report:
    """Send ``count`` commands, one each ``interval_s``, and take down the answers.

    Raises TimeoutError when answers are missing, ConnectionError when the aircraft is gone.
    """
    interval_ns = round(interval_s * 1e9)
    start_ns = time.perf_counter_ns() + interval_ns
    report = Report([], [], [])
    received = b""
    position = 0
    while len(report.response_s) < count:
        sent = len(report.send_delay_s)
        due_ns = start_ns + sent * interval_ns
        early_ns = due_ns - time.perf_counter_ns()
        if sent < count and early_ns <= 0:
            aircraft.sendall(MESSAGE.pack(sent, command_of(sent)))
            report.send_delay_s.append(-early_ns / 1e9)
            continue
        patience_s = early_ns / 1e9 if sent < count else GRACE_S
        if not select.select([aircraft], [], [], patience_s)[0]:
            if sent < count:
                continue
            answered = len(report.response_s)
            raise TimeoutError(f"{count - answered} of {count} commands have no answer")
        received += aircraft.recv(4096) or _gone()
        now_ns = time.perf_counter_ns()
        whole = len(received) // MESSAGE.size * MESSAGE.size
        for answer in MESSAGE.iter_unpack(received[:whole]):
            number = len(report.response_s)
            position = steered(position, command_of(number))
            report.correct.append(answer == (number, position))
            report.response_s.append((now_ns - start_ns - number * interval_ns) / 1e9)
        received = received[whole:]
    return report


def _gone() -> bytes:
    raise ConnectionError("the aircraft is gone")


def main() -> int:
    """Connect to the port in ``argv``, then answer each line ``COUNT INTERVAL_S`` with a report.

    It ends with its input; while commands are under way, with the connection. Both end when
    the parent ends, however that happens.
    """
    gc.disable()
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as aircraft:
            set_undelayed(aircraft)
            print(aircraft.getsockname()[1], flush=True)
            for line in sys.stdin:
                count, interval_s = line.split()
                report = conduct(aircraft, int(count), float(interval_s))
                print(json.dumps(report._asdict()), flush=True)
    except OSError as error:
        print(f"ground control: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
