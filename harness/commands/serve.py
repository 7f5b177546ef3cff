"""``nox -s report -- --serve``: the folder of pages over HTTP, for this machine alone."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import socketserver
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from harness.commands import bench
from harness.errors import ConfigError, HarnessError
from harness.report.serving.paths import names_in, open_inside
from harness.running.browser import open_page
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Server", "bind", "serve_reports"]

HOST = "127.0.0.1"
_PORTS = range(8000, 8100)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SILENCE_S = 10.0
"""A connection on which nothing moves for so long is closed."""
_MAX_S = 60.0
"""So is one that is as old as this: it may move a byte now and then on purpose."""
_MAX_CONNECTIONS = 64
_MAX_TARGET_LENGTH = 2000
_TYPES = {
    ".html": "text/html; charset=utf-8",
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
_POLICY = "frame-ancestors 'none'"
"""Of a page, which brings the rest of its policy with it; any other file may do nothing at all."""
_STRICT_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; {_POLICY}"


class _Handler(BaseHTTPRequestHandler):
    """Answers one request on one connection."""

    timeout = _SILENCE_S
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(code)d %(message)s\n"

    def __init__(self, *connection: Any, reports: Path) -> None:  # noqa: ANN401 - socketserver's
        """Answer from the files in ``reports``."""
        self._reports = reports
        self._policy = _STRICT_POLICY
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(has_body=True)

    def do_HEAD(self) -> None:
        """Send what stands before a file."""
        self._answer(has_body=False)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Return what answers any other method: asked for by its name, ``do_POST``."""
        if name.startswith("do_"):
            return lambda: self._reply(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", "GET, HEAD"))
        raise AttributeError(name)

    def _answer(self, *, has_body: bool) -> None:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or _name_of(hosts[0]) not in _LOOPBACK:
            self._reply(HTTPStatus.MISDIRECTED_REQUEST)
            return
        if len(self.path) > _MAX_TARGET_LENGTH:
            self._reply(HTTPStatus.REQUEST_URI_TOO_LONG)
            return
        names = names_in(self.path)
        if names is None:
            self._reply(HTTPStatus.NOT_FOUND)
            return
        is_folder = not names[-1]
        wanted = (*names[:-1], "index.html") if is_folder else names
        file = open_inside(self._reports, wanted)
        if file is not None:
            with file:
                self._send(file, wanted[-1], has_body=has_body)
        elif not is_folder and (index := open_inside(self._reports, (*names, "index.html"))):
            index.close()
            path = "/".join(quote(name, safe="") for name in names)
            self._reply(HTTPStatus.MOVED_PERMANENTLY, ("Location", f"/{path}/"))
        else:
            self._reply(HTTPStatus.NOT_FOUND)

    def _send(self, file: IO[bytes], name: str, *, has_body: bool) -> None:
        suffix = f".{name.rpartition('.')[2].lower()}"
        self._policy = _POLICY if suffix == ".html" else _STRICT_POLICY
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", _TYPES.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
        self.end_headers()
        if has_body:
            shutil.copyfileobj(file, self.wfile)

    def _reply(self, status: HTTPStatus, *headers: tuple[str, str]) -> None:
        body = f"{status.value} {status.phrase}\n".encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", self.error_content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Put behind every head what holds for all of them."""
        for name, value in (*_HEADERS, ("Content-Security-Policy", self._policy)):
            self.send_header(name, value)
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that cannot be read, without repeating a word of it."""
        del message, explain
        super().send_error(code)

    def version_string(self) -> str:
        """Return what answers, and no version that an attacker could look up."""
        return "gilscope"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: the terminal is the user's."""


def _name_of(host: str) -> str:
    """Return a Host header without its port: whoever forwards a port uses another."""
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and (port.isdigit() or not port) else host.strip().lower()


class Server(ThreadingHTTPServer):
    """Gives out one folder; a slow reader has its own thread and a limited time."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = _MAX_CONNECTIONS
    # Elsewhere it would let two servers share a port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, reports: Path, port: int) -> None:
        """Listen on ``port``, any free one if 0; raises OSError."""
        self._since: dict[socket.socket, float] = {}
        super().__init__((HOST, port), lambda *connection: _Handler(*connection, reports=reports))

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ANN401
        """Return whether there is room for one more connection."""
        del client_address
        if len(self._since) >= _MAX_CONNECTIONS:
            return False
        self._since[request] = time.monotonic()
        return True

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Close a connection."""
        self._since.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End what takes too long; called again and again while serving."""
        self.end_older_than(_MAX_S)

    def end_older_than(self, limit_s: float) -> None:
        """End the connections that are older than this."""
        now = time.monotonic()
        for request, since in list(self._since.items()):
            if now - since > limit_s:
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)  # its thread wakes up, and closes it

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Stay quiet about a reader who went away."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def bind(reports: Path, port: int | None) -> Server:
    """Return a server of ``reports`` on ``port``, by default the first free one from 8000 on.

    Raises ConfigError when it cannot be had.
    """
    wanted = _PORTS if port is None else (port,)
    for one in wanted:
        try:
            return Server(reports, one)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigError(
                    f"port {one} cannot be used: {error.strerror}; give another with --port"
                ) from error
    which = f"port {port} is" if port is not None else f"ports {_PORTS[0]} to {_PORTS[-1]} are"
    raise ConfigError(f"{which} in use: give another with --port, 0 for any that is free")


def serve_reports(
    wanted: str,
    *,
    results: Path,
    reports: Path,
    port: int | None,
    is_opened: bool,
    say: Callable[[str], None],
) -> None:
    """Serve ``reports`` until Ctrl-C; ``say`` puts a line before the user.

    Makes the page of experiment ``wanted`` first, or of the newest where there is no page yet.
    """
    with contextlib.suppress(KeyboardInterrupt), bind(reports, port) as server:
        start = _start_page(wanted, results=results, reports=reports, say=say)
        address = f"http://{HOST}:{server.server_port}/{start}"
        say(f"Serving {reports} at {address} to this machine alone. Ctrl-C ends.")
        if is_opened and (why_not := open_page(address)):
            say(why_not)
        server.serve_forever()


def _start_page(wanted: str, *, results: Path, reports: Path, say: Callable[[str], None]) -> str:
    """Return the path of the page to begin with, made now if need be; nothing for the index."""
    if wanted:
        made = bench.report(experiment_folder.choose(results, wanted), reports, is_json=False)
        return f"{quote(made.page.parent.name)}/"
    if not any(reports.glob("*/index.html")):
        _make_newest(results, reports, say)
    if (reports / "index.html").is_file():
        return ""
    pages = sorted(reports.glob("*/index.html"), key=lambda page: page.stat().st_mtime_ns)
    return f"{quote(pages[-1].parent.name)}/" if pages else ""


def _make_newest(results: Path, reports: Path, say: Callable[[str], None]) -> None:
    newest = experiment_folder.newest_first(results)
    if not newest:
        say(f"There is no experiment in {results} yet: the page of nox -s bench will be here.")
        return
    try:
        bench.report(newest[0], reports, is_json=False)
    except HarnessError as error:
        say(f"There is no page of {newest[0].name} yet: {error}")
