"""Download a file and believe it only when its checksum is right."""

from __future__ import annotations

import contextlib
import http.client
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.disk import disk_complaint, is_full
from harness.interpreters.records import sha256_of
from harness.interpreters.words import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["fetch"]

_TIMEOUT_S = 20.0
_CHUNK = 1 << 18


def fetch(
    urls: Iterable[str],
    *,
    sha256: str,
    target: Path,
    on_share: Callable[[float], None],
    timeout_s: float = _TIMEOUT_S,
) -> str:
    """Put the file with this checksum at ``target``; return the URL that had it.

    A file that is there already is checked and kept. Each URL is tried in turn;
    ``InterpreterError`` names what was wrong with every one of them.
    """
    with _disk(target.parent):
        if target.is_file() and sha256_of(target) == sha256:
            return target.as_uri()
        target.parent.mkdir(parents=True, exist_ok=True)
        wrongs = []
        for url in urls:
            # A folder of its own: two runs may fetch the same file at the same time.
            with tempfile.TemporaryDirectory(prefix="fetch-", dir=target.parent) as folder:
                aside = Path(folder, target.name)
                wrong = _download(url, aside, on_share=on_share, timeout_s=timeout_s)
                if not wrong and sha256_of(aside) != sha256:
                    wrong = "wrong checksum, the file was deleted"
                if not wrong:
                    aside.replace(target)
                    return url
            wrongs.append(f"{url}: {wrong}")
    raise InterpreterError(f"{target.name} cannot be fetched ({'; '.join(wrongs) or 'no address'})")


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InterpreterError(disk_complaint(folder, error)) from error


def _download(
    url: str, target: Path, *, on_share: Callable[[float], None], timeout_s: float
) -> str:
    """Return what was wrong with the address, or an empty string; raise on a full disk."""
    got = expected = 0
    try:
        with (
            urllib.request.urlopen(url, timeout=timeout_s) as response,  # noqa: S310  # catalogue
            target.open("wb") as out,
        ):
            expected = int(response.headers.get("Content-Length") or 0)
            while chunk := response.read(_CHUNK):
                out.write(chunk)
                got += len(chunk)
                if expected:
                    on_share(min(1.0, got / expected))
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, OSError) and is_full(error):
            raise
        reason = _reason(error)
        return f"{_ended_after(got, expected)}: {reason}" if got else reason
    # Reading by the piece takes a connection that was cut for the end of the file.
    return _ended_after(got, expected) if got < expected else ""


def _ended_after(got: int, expected: int) -> str:
    return f"ended after {size(got)}" + (f" of {size(expected)}" if expected else "")


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was closed"  # its own words count within one piece only
    return str(error) or type(error).__name__
