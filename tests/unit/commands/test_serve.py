"""The pages over HTTP: real sockets on the loopback address, and requests that mean harm."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from harness.cli import app
from harness.commands.serve import MAX_WAITING, Server, bind
from harness.errors import ConfigError
from harness.running import browser
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "<!DOCTYPE html><title>ü</title>"
PRIVATE = "nobody's business"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of pages between things that are nobody's business."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text(PRIVATE)
    (outside / "index.html").write_text(PRIVATE)
    folder = outside / "reports"
    (folder / "one" / ".git").mkdir(parents=True)
    (folder / "one" / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "one" / "figure.svg").write_text("<svg/>")
    (folder / "one" / "odd name").write_text("?")
    (folder / "one" / ".index-x.html").write_text(PRIVATE)
    (folder / "one" / ".git" / "config").write_text(PRIVATE)
    (folder / "empty").mkdir()
    (folder / "leaving.txt").symlink_to(outside / "secret.txt")
    (folder / "up").symlink_to(outside)
    (folder / "leading").mkdir()
    (folder / "leading" / "index.html").symlink_to(outside / "index.html")
    (folder / "hidden").symlink_to("one/.git")
    (folder / "circle").symlink_to("circle")
    (folder / "latest").symlink_to("one")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture(scope="module")
def port(reports: Path) -> Iterator[int]:
    with running(reports) as server:
        yield server.server_port


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Serve in a thread of its own."""
    with bind(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def talk(port: int, sent: bytes) -> bytes:
    """Return all that the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        found = b""
        while part := connection.recv(1 << 16):
            found += part
        return found


def ask(
    port: int, target: str, *, method: str = "GET", host: str | None = "localhost"
) -> tuple[int, dict[str, str], str]:
    """Return the status, the head in small letters, and the body of an answer."""
    head = "" if host is None else f"Host: {host}\r\n"
    answer = talk(port, f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1"))
    first, _, rest = answer.partition(b"\r\n")
    headers, _, body = rest.partition(b"\r\n\r\n")
    pairs = (line.split(": ", 1) for line in headers.decode().split("\r\n"))
    return int(first.split()[1]), {name.lower(): text for name, text in pairs}, body.decode()


def test_a_page_is_served_whole_with_its_type_and_never_kept(port: int) -> None:
    status, headers, body = ask(port, "/one/")

    assert (status, body) == (200, PAGE)
    assert headers["content-length"] == str(len(PAGE.encode()))
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["server"] == "gilscope"


@pytest.mark.parametrize(
    "target",
    ["/one/index.html", "/one/?x=1", "/one/index.html?/../..", "/%6fne/", "/latest/"],
)
def test_a_page_has_these_addresses(port: int, target: str) -> None:
    assert ask(port, target)[::2] == (200, PAGE)


def test_what_is_no_page_may_do_nothing(port: int) -> None:
    status, headers, _ = ask(port, "/one/figure.svg")

    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert ask(port, "/one/odd%20name")[1]["content-type"] == "application/octet-stream"


def test_a_head_has_no_body(port: int) -> None:
    status, headers, body = ask(port, "/one/", method="HEAD")

    assert (status, body) == (200, "")
    assert headers["content-length"] == str(len(PAGE.encode()))
    assert ask(port, "/nothing", method="HEAD")[::2] == (404, "")


def test_a_folder_without_its_stroke_is_led_to_it(port: int) -> None:
    status, headers, _ = ask(port, "/one?x")

    assert (status, headers["location"]) == (301, "/one/?x")
    assert ask(port, "//one")[1]["location"] == "/one/"


@pytest.mark.parametrize(
    "target",
    [
        "/", "/empty/", "/nothing", "/one/index.html/", "/one/%2egit/config", "/one/.index-x.html",
        "/hidden/config", "/leaving.txt", "/up/secret.txt", "/up/", "/leading/", "/circle", "/pipe",
        "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%252e%252e/secret.txt",
        "/..%5csecret.txt", "/one%00.html", "/%0d%0aX-Evil:%20yes", "/%c0%ae%c0%ae/secret.txt",
        "/%ed%a0%80", "http://evil.example/one/", "/" + "a" * 1990,
    ],
)  # fmt: skip
def test_nothing_else_is_there(port: int, target: str) -> None:
    status, headers, body = ask(port, target)

    assert (status, body) == (404, "404 Not Found\n")
    assert "x-evil" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")


def test_what_is_no_request_gets_no_more_than_a_line_of_text(port: int) -> None:
    answer = talk(port, b"<script> / <script> HTTP/1.1\r\n\r\n")

    assert answer.startswith(b"HTTP/1.0 400 ")
    assert b"Content-Type: text/plain" in answer
    assert b"<script>" not in answer


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "X"])
def test_nothing_but_reading_is_allowed(port: int, method: str) -> None:
    status, _, body = ask(port, "/one/", method=method)

    assert (status, body) == (501, "501 Not Implemented\n")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("LOCALHOST:9", 200),
        ("[::1]:8000", 200),
        (None, 421),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("localhost:x", 421),
        ("localhost\r\nHost: localhost", 421),
    ],
)
def test_only_names_of_this_machine_are_answered_to(
    port: int, host: str | None, status: int
) -> None:
    assert ask(port, "/one/", host=host)[0] == status


def test_only_this_machine_is_listened_to(reports: Path) -> None:
    with bind(reports, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_named_with_the_fix_and_skipped_by_default(reports: Path) -> None:
    with bind(reports, 0) as first, pytest.raises(ConfigError, match=r"is in use: .*--port"):
        bind(reports, first.server_port)
    with bind(reports, None) as one, bind(reports, None) as other:
        assert 8000 <= one.server_port < other.server_port


def served(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", "report", "--serve", "--port", "0", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_names_the_address_and_ends_quietly_with_ctrl_c(reports: Path) -> None:
    with served(folder=reports.parent) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        assert address.endswith("/latest/")
        assert ask(int(address.split(":")[2].split("/")[0]), "/one/")[0] == 200
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=30)

    assert (process.returncode, rest, complaints) == (0, "", "")


def test_without_any_experiment_it_says_so_and_serves(tmp_path: Path) -> None:
    with served(folder=tmp_path) as process:
        assert process.stdout is not None
        assert "There is no experiment in results yet" in process.stdout.readline()
        assert "Serving reports at http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert process.returncode == 0


@pytest.mark.parametrize("arguments", [["--port", "8000"], ["--serve", "--json"]])
def test_options_that_do_not_go_together_are_refused(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        app.main(["report", *arguments])
    assert ended.value.code == 2


def test_without_a_display_a_page_is_named_instead_of_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)

    assert browser.open_page("page.html") == (
        "--open: there is no display here; open page.html where there is one"
    )


def test_with_a_display_a_page_is_opened_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    os.mkfifo(asked)
    program = tmp_path / "xdg-open"
    program.write_text(f'#!/bin/sh\necho noise; echo "$1" > {asked}\n')
    program.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert browser.open_page("/some/page.html") == ""
    assert asked.read_text() == "/some/page.html\n"
    assert browser._STARTED.pop().wait(timeout=30) == 0

    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert "xdg-open cannot be started" in browser.open_page("/some/page.html")


def test_connections_that_never_ask_do_not_keep_others_out(port: int) -> None:
    with contextlib.ExitStack() as stack:
        dripping = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            for _ in range(3 * MAX_WAITING)
        ]
        for connection in dripping:
            with contextlib.suppress(OSError):  # given up already
                connection.sendall(b"GET /one/ HT")

        answer = talk(port, b"GET /one/ HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert answer.startswith(b"HTTP/1.0 200")
        assert sum(is_open(connection) for connection in dripping) <= MAX_WAITING


def is_open(connection: socket.socket) -> bool:
    """Return whether the server still waits for more of a request."""
    connection.settimeout(0)
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
