"""The browser on this machine: where it is, and how it is started to do nothing of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ["started"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HOW = (
    "no browser found to look at the pages with: install one (Debian: apt-get install chromium) "
    "or name it in GILSCOPE_BROWSER"
)
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _found() -> str:
    """Return the browser's path; where there is none the test is skipped, in CI it fails."""
    named = os.environ.get("GILSCOPE_BROWSER")
    paths = [named] if named else [shutil.which(name) for name in _NAMES]
    path = next(filter(None, paths), None)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(_HOW)
    return path


@contextlib.contextmanager
def started() -> Iterator[Browser]:
    """Start the browser without a window, for as long as the block lasts."""
    path = _found()
    # Its sandbox refuses to work for root, who is alone in a container.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    arguments = [*_QUIET, *(["--no-sandbox"] if is_root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
