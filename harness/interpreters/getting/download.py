"""Download a file and verify its checksum."""

from __future__ import annotations

import http.client
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.files import sha256_of
from harness.interpreters.disk import disk_errors, is_full
from harness.wording import byte_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["download"]

_TIMEOUT_S = 20.0
_CHUNK = 1 << 18


def download(
    urls: Iterable[str],
    *,
    sha256: str,
    target: Path,
    on_share: Callable[[float], None],
    timeout_s: float = _TIMEOUT_S,
) -> str:
    """Download the file with this checksum to ``target``; return the URL it came from.

    An existing file is verified and kept. The URLs are tried in turn; the ``InterpreterError``
    gives the problem with each of them.
    """
    with disk_errors(target.parent):
        if target.is_file() and sha256_of(target) == sha256:
            return target.as_uri()
        target.parent.mkdir(parents=True, exist_ok=True)
        problems = []
        for url in urls:
            # In a folder of its own: two runs may download the same file at the same time.
            with tempfile.TemporaryDirectory(prefix="fetch-", dir=target.parent) as folder:
                partial = Path(folder, target.name)
                problem = _download(url, partial, on_share=on_share, timeout_s=timeout_s)
                if not problem and sha256_of(partial) != sha256:
                    problem = "wrong checksum"
                if not problem:
                    partial.replace(target)
                    return url
            problems.append(f"{url}: {problem}")
    raise InterpreterError(
        f"{target.name} cannot be downloaded ({'; '.join(problems) or 'no address'})"
    )


def _download(
    url: str, target: Path, *, on_share: Callable[[float], None], timeout_s: float
) -> str:
    """Return the problem with the address, or an empty string; raise on a full disk."""
    received = expected = 0
    try:
        with (
            urllib.request.urlopen(url, timeout=timeout_s) as response,  # noqa: S310  # catalogue
            target.open("wb") as out,
        ):
            expected = int(response.headers.get("Content-Length") or 0)
            while chunk := response.read(_CHUNK):
                out.write(chunk)
                received += len(chunk)
                if expected:
                    on_share(min(1.0, received / expected))
    except urllib.error.HTTPError as error:
        with error:  # it has the body of the answer
            return str(error.reason)
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, OSError) and is_full(error):
            raise
        reason = _reason(error)
        return f"{_ended_after(received, expected)}: {reason}" if received else reason
    # Reading in chunks takes a closed connection for the end of the file.
    return _ended_after(received, expected) if received < expected else ""


def _ended_after(received: int, expected: int) -> str:
    return f"ended after {byte_size(received)}" + (f" of {byte_size(expected)}" if expected else "")


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was closed"  # its message counts within one chunk only
    return str(error) or type(error).__name__
