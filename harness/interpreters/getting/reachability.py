"""Whether a download can be reached at all, answered in under a second."""

from __future__ import annotations

import functools
import socket
import threading
import urllib.parse
import urllib.request

__all__ = ["is_reachable"]

PATIENCE_S = 0.8
_PORTS = {"https": 443, "http": 80}


def is_reachable(url: str) -> bool:
    """Return whether the server of ``url`` accepts a connection, or need not be asked.

    A local file needs no server, and behind a proxy only the proxy knows.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:  # no address at all
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
            socket.create_connection((host, port), timeout=PATIENCE_S).close()
        except OSError:
            return
        accepted.set()

    # Looking up a name knows no time-out of its own, and may take many seconds.
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return accepted.is_set()
