"""The server of ``socket_io``: it thinks for a moment, then answers."""

from __future__ import annotations

import socket
import socketserver
import struct
import time

from workloads.companion import end_with_parent

__all__ = ["FRAME", "THINK_S", "answer_to", "read_frame", "set_undelayed"]

FRAME = struct.Struct("<QQ")
"""A request and its answer: a number, and what was found out about it (0 in a request)."""
THINK_S = 0.001


def answer_to(number: int) -> int:
    """Return what the server finds out about ``number``."""
    return (number * 2_654_435_761 + 1) % 2**32


def set_undelayed(connection: socket.socket) -> None:
    """Send small messages at once (``TCP_NODELAY``)."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def read_frame(connection: socket.socket) -> bytes:
    """Read one whole frame, or less than one where the other side has closed."""
    frame = connection.recv(FRAME.size)
    while frame and len(frame) < FRAME.size:  # a stream may cut anywhere
        more = connection.recv(FRAME.size - len(frame))
        if not more:
            break
        frame += more
    return frame


class _Conversation(socketserver.BaseRequestHandler):
    """One client's requests, in a thread of their own."""

    request: socket.socket

    def handle(self) -> None:
        """Answer until the client closes."""
        set_undelayed(self.request)
        while True:
            frame = read_frame(self.request)
            if len(frame) < FRAME.size:
                return
            number, _ = FRAME.unpack(frame)
            time.sleep(THINK_S)
            self.request.sendall(FRAME.pack(number, answer_to(number)))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a client that is killed may reset its connection."""


def main() -> None:
    """Print the port that the system has chosen, and serve until the parent ends."""
    end_with_parent()
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
