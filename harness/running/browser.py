"""Open a page in the reader's browser, or return why that is not possible."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from harness.lifetime.children import UNMARKED

__all__ = ["open_page"]

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
"""One of them is set where there is a desktop, or a program that reaches one elsewhere."""

_STARTED: list[subprocess.Popen[bytes]] = []
"""Browsers or their starters: nobody waits for these, and they may outlive us."""


def open_page(target: str) -> str:
    """Open a file or an address without waiting; return why it is not possible, or nothing."""
    if sys.platform in ("darwin", "win32"):
        is_open = click.launch(target) == 0
        return "" if is_open else f"nothing here opens pages: open {target} yourself"
    if not any(os.environ.get(name) for name in _DISPLAYS):
        # xdg-open would try browsers for the terminal, and wait for them.
        return f"--open: there is no display here; open {target} where there is one"
    try:
        # In its own session Ctrl-C does not reach it; our standard output is for the answer alone.
        started = subprocess.Popen(
            ["xdg-open", target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **UNMARKED},
        )
    except OSError as error:
        return f"--open: xdg-open cannot be started ({error.strerror}); open {target} yourself"
    _STARTED.append(started)
    return ""
