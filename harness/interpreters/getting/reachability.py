"""Check in under a second whether a server can be reached."""

from __future__ import annotations

import functools
import socket
import threading
import urllib.parse
import urllib.request

__all__ = ["is_reachable"]

TIMEOUT_S = 0.8
_PORTS = {"https": 443, "http": 80}


def is_reachable(url: str) -> bool:
    """Return whether the server of ``url`` accepts a connection.

    True without trying for a local file, and behind a proxy.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:  # not a URL
        return False
    if parts.scheme not in _PORTS or not parts.hostname:
        return True
    if parts.scheme in urllib.request.getproxies():
        return True
    return _accepts(parts.hostname, port or _PORTS[parts.scheme])


@functools.cache
def _accepts(host: str, port: int) -> bool:
    accepted = threading.Event()

    def connect() -> None:
        try:
            socket.create_connection((host, port), timeout=TIMEOUT_S).close()
        except OSError:
            return
        accepted.set()

    # Name resolution has no timeout and may take many seconds.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(TIMEOUT_S)
    return accepted.is_set()
