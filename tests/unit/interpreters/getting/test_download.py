from __future__ import annotations

import hashlib
import http.server
import threading
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from harness.errors import InterpreterError
from harness.interpreters.getting.download import download

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = b"sources" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


PIECE = b"x" * 262_144
"""What is read at a time."""


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith(("/half", "/silent")):
            self.close_connection = True
            self._send_half()
        else:
            super().do_GET()

    def _send_half(self) -> None:
        self.send_response(200)
        if self.path == "/half-chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n%x\r\nxx" % (len(PIECE), PIECE, len(PIECE)))
            return
        self.send_header("Content-Length", "20000000")
        self.end_headers()
        self.wfile.write(PIECE * (1 if self.path == "/silent" else 4))
        self.wfile.flush()
        if self.path == "/silent":
            self.rfile.read(1)  # until the other side hangs up

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # inherited
        del format, args


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "good").write_bytes(CONTENT)
    (folder / "bad").write_bytes(CONTENT[:-1])
    handler = partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_next_url_is_tried_after_a_wrong_checksum(served: str, tmp_path: Path) -> None:
    shares: list[float] = []
    target = tmp_path / "cache" / "file"
    urls = (f"{served}/missing", f"{served}/bad", f"{served}/good")
    url = download(urls, sha256=SHA256, target=target, on_share=shares.append)
    assert url == urls[2]
    assert target.read_bytes() == CONTENT
    assert shares[-1] == 1.0
    assert list(target.parent.iterdir()) == [target]


def test_a_wrong_checksum_is_said_and_leaves_nothing(served: str, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "file"
    with pytest.raises(InterpreterError, match="bad: wrong checksum"):
        download([f"{served}/bad"], sha256=SHA256, target=target, on_share=lambda _: None)
    assert list(target.parent.iterdir()) == []


def test_every_failed_address_is_named(served: str, tmp_path: Path) -> None:
    with pytest.raises(
        InterpreterError, match=r"missing: File not found; http://127\.0\.0\.1:1/x: "
    ):
        download(
            [f"{served}/missing", "http://127.0.0.1:1/x"],
            sha256=SHA256,
            target=tmp_path / "file",
            on_share=lambda _: None,
        )


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(CONTENT)
    download([], sha256=SHA256, target=target, on_share=lambda _: None)
    target.write_bytes(b"spoilt")
    with pytest.raises(InterpreterError, match="no address"):
        download([], sha256=SHA256, target=target, on_share=lambda _: None)


def test_half_a_download_is_said_to_be_half(served: str, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "file"
    with pytest.raises(InterpreterError) as failed:
        download(
            [f"{served}/half", f"{served}/half-chunked"],
            sha256=SHA256,
            target=target,
            on_share=lambda _: None,
        )
    assert f"{served}/half: ended after 1.0 MB of 20 MB; " in str(failed.value)
    assert "half-chunked: ended after 262 kB: the connection was closed)" in str(failed.value)
    assert list(target.parent.iterdir()) == []


def test_after_half_a_download_the_next_url_is_tried(served: str, tmp_path: Path) -> None:
    urls = [f"{served}/half", f"{served}/good"]
    url = download(urls, sha256=SHA256, target=tmp_path / "file", on_share=lambda _: None)
    assert url == urls[1]


def test_a_server_that_falls_silent_is_given_up(served: str, tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match=r"ended after \d+ kB of 20 MB: .*timed out"):
        download(
            [f"{served}/silent"],
            sha256=SHA256,
            target=tmp_path / "file",
            on_share=lambda _: None,
            timeout_s=0.2,
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_leaves_nothing(
    served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(path: Path, mode: str = "r") -> IO[Any]:
        return open("/dev/full" if mode == "wb" else path, mode)  # noqa: PTH123

    monkeypatch.setattr(Path, "open", opened)
    target = tmp_path / "cache" / "file"
    shares: list[float] = []
    with pytest.raises(
        InterpreterError, match=r"^no space left in .*cache: make room there \(.*--prune"
    ):
        download([f"{served}/good"] * 2, sha256=SHA256, target=target, on_share=shares.append)
    assert list(target.parent.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_named(served: str, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(InterpreterError, match=r"cache cannot be used: .*; set GILSCOPE_CACHE"):
        download(
            [f"{served}/good"],
            sha256=SHA256,
            target=tmp_path / "cache" / "file",
            on_share=lambda _: None,
        )


def test_an_interrupted_download_leaves_nothing(served: str, tmp_path: Path) -> None:
    def interrupt(_share: float) -> None:
        raise KeyboardInterrupt

    target = tmp_path / "cache" / "file"
    with pytest.raises(KeyboardInterrupt):
        download([f"{served}/good"], sha256=SHA256, target=target, on_share=interrupt)
    assert list(target.parent.iterdir()) == []
