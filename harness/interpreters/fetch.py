"""Download a file and believe it only when its checksum is right.

Place in the flow: used by the source provider. Proxies are honoured as ``urllib`` reads
them from the environment.
"""

from __future__ import annotations

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    if target.is_file() and _sha256(target) == sha256:
        return target.as_uri()
    target.parent.mkdir(parents=True, exist_ok=True)
    wrongs = []
    for url in urls:
        # A folder of its own: two runs may fetch the same file at the same time.
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=target.parent) as folder:
            aside = Path(folder, target.name)
            wrong = _download(url, aside, on_share=on_share, timeout_s=timeout_s)
            if not wrong and _sha256(aside) != sha256:
                wrong = "wrong checksum, the file was deleted"
            if not wrong:
                aside.replace(target)
                return url
        wrongs.append(f"{url}: {wrong}")
    raise InterpreterError(f"{target.name} cannot be fetched ({'; '.join(wrongs) or 'no address'})")


def _download(
    url: str, target: Path, *, on_share: Callable[[float], None], timeout_s: float
) -> str:
    """Return what went wrong, or an empty string."""
    try:
        with (
            urllib.request.urlopen(url, timeout=timeout_s) as response,  # noqa: S310  # catalogue
            target.open("wb") as out,
        ):
            size = int(response.headers.get("Content-Length") or 0)
            while chunk := response.read(_CHUNK):
                out.write(chunk)
                if size:
                    on_share(min(1.0, out.tell() / size))
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
