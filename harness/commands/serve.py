"""``report --serve``: the folder of pages over HTTP, for this machine alone."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import socket
import socketserver
import sys
import threading
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from harness.commands.report import report
from harness.errors import ConfigError, HarnessError
from harness.invocation import to_type
from harness.running.browser import open_page
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_WAITING", "Server", "bind", "serve_reports"]

HOST = "127.0.0.1"
_PORTS = range(8000, 8100)
MAX_WAITING = 64
"""So many connections may have a request that is not complete; of more the oldest end."""
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_HTML = "text/html; charset=utf-8"
_TYPES = {
    ".html": _HTML,
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_PAGE_POLICY = "frame-ancestors 'none'"
"""A page contains the rest of its policy; any other file may do nothing at all."""
_STRICT_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; {_PAGE_POLICY}"


class _Handler(SimpleHTTPRequestHandler):
    """Serve the files of one folder, to this machine alone."""

    timeout = 10.0  # seconds without data
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(code)d %(message)s\n"

    def parse_request(self) -> bool:
        """Read the head of a request; from then on the connection is not given up for another."""
        is_good = super().parse_request()
        cast("Server", self.server).waiting.discard(self.connection)
        return is_good

    def send_head(self) -> Any:  # noqa: ANN401 - of the base class: a file or nothing
        """Refuse requests that came by another name: a page elsewhere may have sent them."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or _name_of(hosts[0]) not in _LOOPBACK:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        return super().send_head()

    def translate_path(self, path: str) -> str:
        """Return the file of an address, or a folder without its slash.

        Links are followed as long as they end inside and at nothing hidden. Anything else becomes
        a name that no file has.
        """
        is_folder = path.partition("?")[0].partition("#")[0].endswith("/")
        try:
            target = Path(super().translate_path(path), "index.html" if is_folder else "")
            real = target.resolve(strict=True)
            inside = real.relative_to(Path(self.directory).resolve()).parts
        except (OSError, ValueError, RuntimeError):  # RuntimeError: a circle of links, before 3.13
            return ""
        is_hidden = any(part.startswith(".") for part in inside)
        is_servable = real.is_file() or (real.is_dir() and not is_folder)
        return str(real) if is_servable and not is_hidden else ""

    def guess_type(self, path: Any) -> str:  # noqa: ANN401 - of the base class
        """Return the type of a file, independent of this system's table of suffixes."""
        return _TYPES.get(Path(path).suffix.lower(), "application/octet-stream")

    def send_header(self, keyword: str, value: str) -> None:
        """Send a header; after the type of the content, its security policy."""
        super().send_header(keyword, value)
        if keyword.lower() == "content-type":
            policy = _PAGE_POLICY if value == _HTML else _STRICT_POLICY
            super().send_header("Content-Security-Policy", policy)

    def end_headers(self) -> None:
        """Add the headers of all answers."""
        for name, value in _HEADERS:
            self.send_header(name, value)
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request without repeating a word of it."""
        del message, explain
        super().send_error(code)

    def version_string(self) -> str:
        """Return the server's name, without a version that an attacker could look up."""
        return "gilscope"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Log nothing: the terminal is the user's."""


def _name_of(host: str) -> str:
    """Return a Host header without its port, which differs where a port is forwarded."""
    return re.sub(r":\d*\Z", "", host.strip().lower(), flags=re.ASCII)


class _Waiting:
    """Connections whose request is not complete: a browser sends its own at once."""

    def __init__(self) -> None:
        """Start without one."""
        self._connections: dict[socket.socket, None] = {}
        self._lock = threading.Lock()

    def add(self, connection: socket.socket) -> None:
        """Add one, and end the oldest of too many: its thread reads nothing more."""
        with self._lock:
            self._connections[connection] = None
            oldest = next(iter(self._connections))
            if len(self._connections) > MAX_WAITING:
                del self._connections[oldest]
                with contextlib.suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)

    def discard(self, connection: socket.socket) -> None:
        """Remove one that is complete or gone."""
        with self._lock:
            self._connections.pop(connection, None)


class Server(ThreadingHTTPServer):
    """Serve one folder on the loopback address."""

    # Elsewhere it would let two servers share a port.
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128

    def __init__(self, reports: Path, port: int) -> None:
        """Listen on ``port``, any free one if 0; raises OSError."""
        self.waiting = _Waiting()
        super().__init__((HOST, port), functools.partial(_Handler, directory=str(reports)))

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer in a thread of its own, and give up the oldest of many that have not asked yet."""
        self.waiting.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """End a connection."""
        self.waiting.discard(request)
        super().shutdown_request(request)

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Ignore readers who went away."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def bind(reports: Path, port: int | None) -> Server:
    """Return a server of ``reports`` on ``port``, by default the first free one from 8000 on.

    Raises ConfigError when there is none.
    """
    for candidate in _PORTS if port is None else (port,):
        try:
            return Server(reports, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"port {candidate} cannot be used: {error.strerror}; give another with --port"
                ) from error
    which = f"port {port} is" if port is not None else f"ports {_PORTS[0]} to {_PORTS[-1]} are"
    raise ConfigError(f"{which} in use: give another with --port, 0 for any that is free")


def serve_reports(
    query: str,
    *,
    results: Path,
    reports: Path,
    port: int | None,
    is_opened: bool,
    say: Callable[[str], None],
) -> None:
    """Serve ``reports`` until Ctrl-C; ``say`` shows a line to the user.

    Makes the page of experiment ``query`` first, or of the newest if there is no page yet.
    """
    with contextlib.suppress(KeyboardInterrupt), bind(reports, port) as server:
        start = _start_page(query, results=results, reports=reports, say=say)
        address = f"http://{HOST}:{server.server_port}/{start}"
        say(f"Serving {reports} at {address} to this machine alone. Ctrl-C ends.")
        if is_opened and (why_not := open_page(address)):
            say(why_not)
        server.serve_forever()


def _start_page(query: str, *, results: Path, reports: Path, say: Callable[[str], None]) -> str:
    """Return the path of the first page, made now if necessary; nothing for the index."""
    if query:
        made = report(experiment_folder.choose(results, query), reports, is_json=False)
        return f"{quote(made.page.parent.name)}/"
    if not any(reports.glob("*/index.html")):
        _make_newest(results, reports, say)
    if (reports / "index.html").is_file():
        return ""
    pages = sorted(reports.glob("*/index.html"), key=lambda page: page.stat().st_mtime_ns)
    return f"{quote(pages[-1].parent.name)}/" if pages else ""


def _make_newest(results: Path, reports: Path, say: Callable[[str], None]) -> None:
    newest = experiment_folder.newest_first(results)
    try:
        if newest:
            report(newest[0], reports, is_json=False)
        else:
            command = to_type("bench")
            say(f"There is no experiment in {results} yet: the page of {command} will be here.")
    except HarnessError as error:
        say(f"There is no page of {newest[0].name} yet: {error}")
