"""What a reader does with a page: sorts, follows links, saves, prints, forbids its script."""

from __future__ import annotations

import csv
import io
import urllib.parse
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.storage import pyperf_file
from tests.browser import pages, watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator

    from tests.browser.conftest import Opened

_COLUMN = """(table) => {
  const heads = [...table.tHead.rows[0].cells];
  const at = heads.findIndex((head) => head.ariaSort !== "none");
  return {
    order: heads.map((head) => head.ariaSort).filter((order) => order !== "none"),
    values: [...table.tBodies[0].rows].map((row) => row.cells[Math.max(at, 0)])
      .map((cell) => cell.dataset.v ?? cell.textContent),
  };
}"""
_FOLLOW = """async () => {
  const missed = [];
  const links = [...document.querySelectorAll("a[href^='#']")].map((link) => link.hash);
  for (const hash of new Set(links)) {
    location.hash = hash;
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    const targets = document.querySelectorAll(`[id="${CSS.escape(hash.slice(1))}"]`);
    const box = targets[0]?.getBoundingClientRect();
    const isSeen = box && box.height > 0 && box.top > -2 && box.top < innerHeight;
    if (targets.length !== 1 || !isSeen) missed.push(`${hash}: ${box?.top} ${box?.height}`);
  }
  return { count: links.length, missed };
}"""
_WHOLE = "document.querySelector('main').textContent.replace(/\\s+/g, ' ')"


def _state(table: Locator) -> dict[str, Any]:
    found: dict[str, Any] = table.evaluate(_COLUMN)
    return found


@pytest.mark.parametrize("press", ["click", "Enter"])
def test_a_table_is_sorted_by_a_number_up_down_and_back(look_at: Opened, press: str) -> None:
    table = look_at("compared", is_fresh=True).page.locator("table.sortable").first
    head = table.locator("thead th.num:has(button)").first
    before = _state(table)
    names = table.locator("tbody th").all_text_contents()

    def use() -> list[float]:
        button = head.locator("button")
        button.click() if press == "click" else button.press(press)
        return [float(value) for value in _state(table)["values"]]

    rising = use()
    assert rising == sorted(rising)
    assert len(set(rising)) > 1
    assert _state(table)["order"] == ["ascending"]
    falling = use()
    assert falling == sorted(falling, reverse=True)
    assert _state(table)["order"] == ["descending"]
    use_again = head.locator("button")
    use_again.press("Space")
    assert _state(table) == before
    assert before["order"] == []
    assert table.locator("tbody th").all_text_contents() == names


def test_a_table_is_sorted_by_words_with_their_numbers_in_order(look_at: Opened) -> None:
    table = look_at("compared", is_fresh=True).page.locator("table.sortable").first
    table.locator("thead button").first.click()
    state = _state(table)
    assert state["order"] == ["ascending"]
    assert state["values"] == sorted(state["values"])


@pytest.mark.parametrize("name", ["usual", "stored", "compared"])
def test_without_script_the_page_says_the_same(look_at: Opened, name: str) -> None:
    with_script = look_at(name, is_fresh=True).page.evaluate(_WHOLE)
    page = look_at(name, has_script=False).page
    assert page.evaluate(_WHOLE) == with_script
    assert page.locator("main button:visible").count() == 0


@pytest.mark.parametrize("name", ["usual", "measured", "compared", "index"])
def test_every_link_into_the_page_shows_its_target(look_at: Opened, name: str) -> None:
    found = look_at(name, is_fresh=True).page.evaluate(_FOLLOW)
    assert found["count"] > 10
    assert found["missed"] == []


def test_a_link_from_elsewhere_unfolds_what_it_leads_to(
    look_at: Opened, made: Callable[[str], Path]
) -> None:
    shown = look_at("usual", is_fresh=True)
    folded = shown.page.locator("details:not([open]) [id^='table-']").first.get_attribute("id")
    shown.page.goto("about:blank")
    shown.noise.clear()
    shown.page.goto(f"{made('usual').as_uri()}#{folded}")
    assert shown.page.locator(f"#{folded}").is_visible()


def test_every_figure_has_a_place_of_its_own(look_at: Opened) -> None:
    page = look_at("usual").page
    ids = page.locator("figure").evaluate_all("(found) => found.map((one) => one.id)")
    links = page.locator("figure figcaption a.here").evaluate_all(
        "(found) => found.map((one) => one.hash.slice(1))"
    )
    assert len(set(ids)) == len(ids) > 3
    assert links == ids


@pytest.mark.parametrize("name", ["usual", "compared"])
def test_numbers_are_saved_as_csv(look_at: Opened, name: str) -> None:
    page = look_at(name).page
    links = page.locator("a[href^='data:text/csv']")
    hrefs = links.evaluate_all("(found) => found.map((one) => one.href)")
    assert len(hrefs) >= page.locator("figure").count()
    for href in hrefs:
        _assert_csv(urllib.parse.unquote(href.partition(",")[2]))
    with page.expect_download() as saving:
        links.last.click()
    _assert_csv(Path(saving.value.path()).read_text(encoding="utf-8"))
    assert saving.value.suggested_filename.endswith(".csv")


def _assert_csv(text: str) -> None:
    head, *rows = csv.reader(io.StringIO(text))
    assert rows
    assert {len(row) for row in rows} == {len(head)} != {1}
    assert len(set(head)) == len(head)


@pytest.mark.parametrize("name", ["usual", "compared"])
def test_a_figure_is_saved_as_svg_that_stands_alone(
    look_at: Opened, browser: Browser, tmp_path: Path, name: str
) -> None:
    page = look_at(name).page
    with page.expect_download() as saving:
        page.locator("button.svg").first.click()
    assert saving.value.suggested_filename.endswith(".svg")
    saved = tmp_path / "figure.svg"
    saving.value.save_as(saved)
    root = ET.fromstring(saved.read_text(encoding="utf-8"))  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    with watched.opened(browser, saved) as alone:
        size = alone.page.evaluate(
            "(({width, height}) => [width, height])(document.documentElement.getBBox())"
        )
        assert min(size) > 100
        fill = "getComputedStyle(document.querySelector('text')).fill"
        light = alone.page.evaluate(fill)
        alone.page.emulate_media(color_scheme="dark")
        assert alone.page.evaluate(fill) != light
        assert alone.noise == []


def test_what_is_attached_is_saved_as_it_was(look_at: Opened, tmp_path: Path) -> None:
    page = look_at("usual").page
    with page.expect_download() as saving:
        page.locator("a[download$='.json.gz']").click()
    saved = tmp_path / saving.value.suggested_filename
    saving.value.save_as(saved)
    assert saved.read_bytes() == pages.RUNS
    (benchmark,) = pyperf_file.load(saved).benchmarks
    assert benchmark.name == "factorize/threads=2"


@pytest.mark.parametrize("name", ["usual", "compared"])
def test_on_paper_the_page_is_light_whole_and_without_what_is_for_screens(
    look_at: Opened, name: str
) -> None:
    shown = look_at(name).as_new(width=718, scheme="dark")
    dark = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    shown.page.emulate_media(media="print")
    assert shown.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    assert shown.sticking_out() == []
    for screen_only in ("nav", ".skip", "button.svg", "a[download]"):
        assert shown.page.locator(f"{screen_only}:visible").count() == 0
