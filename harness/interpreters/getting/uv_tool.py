"""Find and run uv."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import msgspec

from harness.errors import InterpreterError
from harness.interpreters.programs import run_program
from harness.subprocesses import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.subprocesses import Completed

__all__ = ["find_uv", "list_pythons", "run_uv"]

_first_use = threading.Lock()


class _ListedPython(msgspec.Struct):
    """A row of uv's list: an installed interpreter or a download."""

    path: str | None = None
    url: str | None = None


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
    env = {**clean_environment(), **settings}
    return run_program([uv, *arguments], name=f"uv {arguments[0]}", timeout_s=timeout_s, env=env)


def list_pythons(
    uv: str, *options: str, settings: Mapping[str, str], timeout_s: float
) -> list[_ListedPython]:
    """Return the rows of ``uv python list``, none if uv fails."""
    words = ("python", "list", *options, "--output-format", "json")
    try:
        finished = run_uv(uv, words, settings=settings, timeout_s=timeout_s)
        return msgspec.json.decode(finished.stdout, type=list[_ListedPython])
    except (InterpreterError, msgspec.DecodeError):
        return []
