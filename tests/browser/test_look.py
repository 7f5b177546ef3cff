"""Every page in every window: quiet, within its sides, whole without script and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import pages

if TYPE_CHECKING:
    from tests.browser.conftest import Opened

_OVERLAPPING = """() => {
  const found = [];
  for (const drawing of document.querySelectorAll(".drawing svg")) {
    const outer = drawing.getBoundingClientRect();
    const texts = [...drawing.querySelectorAll("text")].filter((one) => one.textContent.trim());
    const boxes = texts.map((one) => one.getBoundingClientRect());
    const name = drawing.closest("figure").querySelector("h3,h4").textContent;
    boxes.forEach((box, index) => {
      const words = texts[index].textContent;
      if (box.left < outer.left - 2 || box.right > outer.right + 2 ||
          box.top < outer.top - 2 || box.bottom > outer.bottom + 2)
        found.push(`${name}: ${words} leaves the drawing`);
      boxes.slice(0, index).forEach((other, place) => {
        const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        const least = Math.min(box.height, other.height);
        if (wide > 2 && high > least / 2)
          found.push(`${name}: ${words} lies on ${texts[place].textContent}`);
      });
    });
  }
  return found;
}"""


@pytest.mark.parametrize("name", pages.ALL)
def test_nothing_sticks_out_of_any_window(look_at: Opened, name: str) -> None:
    shown = look_at(name)
    for width, scheme in ((360, "light"), (1440, "dark")):
        assert "\n".join(shown.as_new(width=width, scheme=scheme).sticking_out()) == ""


@pytest.mark.parametrize("name", pages.MAKERS)
def test_nor_does_it_without_script(look_at: Opened, name: str) -> None:
    shown = look_at(name, has_script=False)
    for width, scheme in ((360, "dark"), (1440, "light")):
        assert "\n".join(shown.as_new(width=width, scheme=scheme).sticking_out()) == ""


@pytest.mark.parametrize("name", pages.ALL)
def test_words_in_figures_keep_apart_and_inside(look_at: Opened, name: str) -> None:
    shown = look_at(name)
    for width in (1440, 360):
        found = shown.as_new(width=width).page.evaluate(_OVERLAPPING)
        assert "\n".join(found) == ""


@pytest.mark.parametrize("name", pages.HOSTILE)
def test_what_is_hostile_is_shown_and_not_obeyed(look_at: Opened, name: str) -> None:
    page = look_at(name).page
    assert page.evaluate("window.obeyed") == []
    assert page.locator("script").count() == page.locator("style").count() == 1
    assert page.locator("img, iframe, [onload], [onerror], a[href^='javascript']").count() == 0
    assert page.locator("h1").is_visible()
    shown = page.locator("body").text_content() or ""
    for payload in ("<script>obeyed.push(1)", "<img src=x onerror=", "{{ 7 * 7 }}"):
        assert payload in shown
