"""One browser, and each page made and opened once, for all tests of this folder."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium, pages, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.watched import Watched

    Opened = Callable[..., Watched]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the browser; the hook is given the items of other folders too."""
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker("browser")


# Not longer than this folder's tests: Playwright's loop would be in the way of others' asyncio.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Return the one browser."""
    with chromium.started() as found:
        yield found


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Return a function from a page's name to its file, made when it is first asked for."""
    root = tmp_path_factory.mktemp("pages")
    found: dict[str, Path] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_CACHE", str(root / "cache"))

        def make(name: str) -> Path:
            if name not in found:
                found[name] = pages.ALL[name](root / name.replace(" ", "-"))
            return found[name]

        yield make


@pytest.fixture(scope="package")
def _kept(browser: Browser, made: Callable[[str], Path]) -> Iterator[Opened]:
    with contextlib.ExitStack() as stack:
        found: dict[tuple[str, bool], Watched] = {}

        def keep(name: str, *, has_script: bool = True) -> Watched:
            if (name, has_script) not in found:
                found[name, has_script] = stack.enter_context(
                    watched.opened(browser, made(name), has_script=has_script)
                )
            return found[name, has_script]

        yield keep


@pytest.fixture
def look_at(_kept: Opened) -> Iterator[Opened]:
    """Return a function that shows a page, which must have been quiet when the test ends.

    The page is open already where an earlier test had it: what a test does to it that the next
    one would see, it undoes, or it asks for the page to be loaded again.
    """
    seen: list[Watched] = []

    def look(name: str, *, has_script: bool = True, is_fresh: bool = False) -> Watched:
        shown = _kept(name, has_script=has_script)
        seen.append(shown)
        if is_fresh:
            shown.page.goto(shown.page.url.partition("#")[0])
        return shown.as_new()

    yield look
    for shown in seen:
        noise = [*shown.noise]
        shown.noise.clear()
        assert noise == []
