"""What axe-core, a keyboard and a screen reader find on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.conftest import Opened
    from tests.browser.watched import Watched

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
_PAGES = ("usual", "measured", "compared", "running", "index")
_PREPARE = """() => {
  document.querySelectorAll("main details").forEach((one) => { one.open = true; });
  // Rows repeat: of each table a few stand for all, or this would take most of the time.
  document.querySelectorAll("tbody tr:nth-child(n+4)").forEach((row) => row.remove());
  // Of a ground of gradients axe cannot say what its colour is.
  document.querySelectorAll(".scroll").forEach((one) => { one.style.background = "none"; });
}"""
_FOCUS = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  return {
    tag: one.tagName, name: one.className, href: one.getAttribute("href") ?? "",
    isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
      && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""


@pytest.fixture(scope="module", params=_PAGES)
def prepared(
    request: pytest.FixtureRequest, browser: Browser, made: Callable[[str], Path]
) -> Iterator[Watched]:
    """Open a page without its policy, which would keep axe out, and unfold all of it."""
    with watched.opened(browser, made(request.param), has_policy=False) as shown:
        shown.page.evaluate(_PREPARE)
        yield shown


@pytest.mark.parametrize(
    ("width", "scheme", "rules"),
    [(1440, "light", _RULES), (360, "dark", ["wcag2aa", "best-practice"])],
    ids=["wide and light", "narrow and dark"],
)
def test_axe_finds_nothing(prepared: Watched, width: int, scheme: str, rules: list[str]) -> None:
    page = prepared.as_new(width=width, scheme=scheme).page
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    said = [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    assert "\n".join(said) == ""
    # It did look: contrast is the rule that needs the page as it is seen.
    assert "color-contrast" in [rule["id"] for rule in found["passes"]]


@pytest.mark.parametrize("name", ["usual", "compared"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(look_at: Opened, name: str) -> None:
    page = look_at(name, is_fresh=True).page
    visible = "[...document.querySelectorAll('{}')].filter((one) => one.checkVisibility()).length"
    wanted = {
        kind: page.evaluate(visible.format(kind))
        for kind in ("nav a", ".scroll", "thead button", "button.svg", "a[download]", "summary")
    }
    assert all(number for kind, number in wanted.items() if kind != "summary")
    page.keyboard.press("Tab")
    first = page.evaluate(_FOCUS)
    assert (first["href"], first["isSeen"]) == ("#main", True)
    met = [first]
    for _ in range(600):
        page.keyboard.press("Tab")
        met.append(page.evaluate(_FOCUS))
        if met[-1]["tag"] == "BODY":
            break
    assert met.pop()["tag"] == "BODY"
    assert [one for one in met if not one["isSeen"]] == []
    reached = [one["tag"] for one in met]
    assert sum("scroll" in one["name"].split() for one in met) == wanted[".scroll"]
    assert reached.count("BUTTON") == wanted["thead button"] + wanted["button.svg"]
    assert reached.count("SUMMARY") == wanted["summary"]
    assert reached.count("A") > wanted["nav a"] + wanted["a[download]"]


def test_the_skip_link_leads_past_the_contents(look_at: Opened) -> None:
    page = look_at("usual", is_fresh=True).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
