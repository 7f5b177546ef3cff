from __future__ import annotations

import socket

import pytest

from harness.interpreters.getting.reachability import is_reachable


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_a_server_that_accepts_is_reachable_and_a_closed_port_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_reachable(f"http://127.0.0.1:{port}/file")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, but nobody listens
        assert not is_reachable(f"http://127.0.0.1:{unused.getsockname()[1]}/file")


def test_a_name_that_does_not_resolve_is_not_reachable() -> None:
    assert not is_reachable("https://no-such-host.invalid/file")


def test_a_file_needs_no_server() -> None:
    assert is_reachable("file:///tmp/python.tar.gz")


def test_behind_a_proxy_only_the_proxy_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert is_reachable("http://no-such-host.invalid/file")
