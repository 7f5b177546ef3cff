"""What must be found in nothing that is published: of an invented user, and of this computer."""

from __future__ import annotations

import base64
import functools
import getpass
import gzip
import re
import socket
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.paths import ROOT

USER = "beeblebrox"
HOST = "zaphod-box.lan"
HOME = f"/home/{USER}"
_MIN_LENGTH = 4
_COMMON = frozenset({"root", "build", "builder", "runner", "user", "ubuntu", "localhost"})
_SOURCES = ("harness", "workloads", "tests/unit")
_ENDINGS = frozenset({".py", ".j2", ".js", ".css", ".toml"})


def metadata() -> dict[str, object]:
    """Return what pyperf finds out about a computer, the invented one and this one."""
    return {
        "boot_time": "2026-01-01 00:00:00",
        "cpu_count": 2,
        "cpu_model_name": f"Test CPU of {USER}",
        "date": "2026-01-17 12:00:00.000001",
        "duration": 0.4,
        "hostname": HOST,
        "load_avg_1min": 0.3,
        "perf_version": "2.10.0",
        "platform": f"Linux-6.1-{HOST}-x86_64",
        "python_cflags": f"-I{HOME}/include",
        "python_config_args": f"'--prefix={HOME}/prefix' --with-x={Path.cwd()}",
        "python_executable": f"{Path.home()}/.cache/python3.14",
        "python_implementation": "cpython",
        "python_version": "3.14.7 (64-bit)",
        "timer": "clock_gettime(CLOCK_MONOTONIC), resolution: 1.00 ns",
        "gilscope_odd": f"{socket.gethostname()} {getpass.getuser()}",
        "unit": "second",
    }


def is_own_word(name: str) -> bool:
    """Return whether the name of this computer or user is also a word that our texts may have.

    A computer may be called ``baseline``: nobody can tell whether a page means it.
    """
    word = re.compile(rf"(?<!\w){re.escape(name.lower())}")
    return name.lower() in _COMMON or word.search(_own_texts()) is not None


@functools.cache
def _own_texts() -> str:
    files = [path for folder in _SOURCES for path in sorted((ROOT / folder).rglob("*"))]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in _ENDINGS]
    return "\n".join(texts).lower()


def found_in(data: bytes, results: Path) -> list[str]:
    """Return which private words are in these bytes, or in anything that is packed in them."""
    texts = [text.lower() for text in _unpacked(data)]
    return [
        word
        for word in _words(results)
        if any(re.search(rb"(?<!\w)" + re.escape(word.lower().encode()), text) for text in texts)
    ]


def _words(results: Path) -> tuple[str, ...]:
    mine = (socket.gethostname(), getpass.getuser())
    known = [word for word in mine if len(word) >= _MIN_LENGTH and not is_own_word(word)]
    paths = (f"{Path.home()}/", str(Path.cwd()), str(results), str(results.resolve()))
    return (USER, HOST, HOST.partition(".")[0], HOME, *known, *paths)


def _unpacked(data: bytes) -> list[bytes]:
    """Return the bytes, and what their ``data:`` links hold."""
    link = re.compile(rb"data:([\w/.+-]+)(;[\w=-]+)*,([^\"'\s)]*)")
    found = [link.sub(b"", data)]
    for match in link.finditer(data):
        raw = unquote_to_bytes(match.group(3).replace(b"&#43;", b"+").replace(b"&#x2B;", b"+"))
        if b";base64," in match.group():
            raw = base64.b64decode(raw)
        found.append(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return found
