from __future__ import annotations

import hashlib
import http.server
import tarfile
import threading
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters.fetch import fetch
from harness.interpreters.unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"sources" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # inherited
        del format, args


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "good").write_bytes(CONTENT)
    (folder / "bad").write_bytes(CONTENT[:-1])
    handler = partial(_Quiet, directory=str(folder))
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
    url = fetch(urls, sha256=SHA256, target=target, on_share=shares.append)
    assert url == urls[2]
    assert target.read_bytes() == CONTENT
    assert shares[-1] == 1.0
    assert list(target.parent.iterdir()) == [target]


def test_a_wrong_checksum_is_said_and_leaves_nothing(served: str, tmp_path: Path) -> None:
    target = tmp_path / "cache" / "file"
    with pytest.raises(InterpreterError, match="bad: wrong checksum, the file was deleted"):
        fetch([f"{served}/bad"], sha256=SHA256, target=target, on_share=lambda _: None)
    assert list(target.parent.iterdir()) == []


def test_every_failed_address_is_named(served: str, tmp_path: Path) -> None:
    with pytest.raises(
        InterpreterError, match=r"missing: File not found; http://127\.0\.0\.1:1/x: "
    ):
        fetch(
            [f"{served}/missing", "http://127.0.0.1:1/x"],
            sha256=SHA256,
            target=tmp_path / "file",
            on_share=lambda _: None,
        )


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(CONTENT)
    fetch([], sha256=SHA256, target=target, on_share=lambda _: None)
    target.write_bytes(b"spoilt")
    with pytest.raises(InterpreterError, match="no address"):
        fetch([], sha256=SHA256, target=target, on_share=lambda _: None)


def _tarball(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:xz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(CONTENT)
            archive.addfile(member, BytesIO(CONTENT))
    return path


def test_one_folder_of_sources_is_unpacked(tmp_path: Path) -> None:
    tarball = _tarball(tmp_path / "a.tar.xz", "Python-1/configure", "Python-1/README")
    assert unpack(tarball, tmp_path / "out") == tmp_path / "out" / "Python-1"


def test_a_member_that_leads_outside_is_refused(tmp_path: Path) -> None:
    tarball = _tarball(tmp_path / "a.tar.xz", "Python-1/../../outside")
    with pytest.raises(InterpreterError, match="not safe to unpack"):
        unpack(tarball, tmp_path / "deep" / "out")
    assert not (tmp_path / "deep" / "outside").exists()


def test_something_else_than_sources_is_refused(tmp_path: Path) -> None:
    two = _tarball(tmp_path / "two.tar.xz", "a/x", "b/x")
    with pytest.raises(InterpreterError, match="does not hold one folder"):
        unpack(two, tmp_path / "out")
    torn = tmp_path / "torn.tar.xz"
    torn.write_bytes(b"no tarball")
    with pytest.raises(InterpreterError, match="cannot be unpacked"):
        unpack(torn, tmp_path / "out2")
