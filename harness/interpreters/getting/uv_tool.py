"""Find and run uv."""

from __future__ import annotations

import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.subprocesses import Completed, capture, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["find_uv", "run_uv"]

_first_use = threading.Lock()


def find_uv() -> str | None:
    """Return the path of the installed wheel's uv, or else of the one on PATH."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415  # not installed where uv itself runs us
    except ImportError:
        return shutil.which("uv")
    try:
        # Providers run in threads, and the first use of sysconfig is not thread-safe.
        with _first_use:
            return find_uv_bin()
    except FileNotFoundError:
        return shutil.which("uv")


def run_uv(
    uv: str, arguments: Sequence[str], *, settings: Mapping[str, str], timeout_s: float
) -> Completed:
    """Run uv with additional environment variables; raise ``InterpreterError`` if it cannot run."""
    try:
        return capture(
            [uv, *arguments], timeout_s=timeout_s, env={**clean_environment(), **settings}
        )
    except subprocess.TimeoutExpired:
        raise InterpreterError(f"uv {arguments[0]} did not finish within {timeout_s:g} s") from None
    except OSError as error:
        raise InterpreterError(f"{uv} cannot be run ({error.strerror})") from None
