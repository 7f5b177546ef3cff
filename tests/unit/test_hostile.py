"""Every string of a results folder, and of a pyperf file, may be somebody's attack."""

from __future__ import annotations

import html.parser
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.commands import compare
from harness.commands.report import report
from harness.errors import HarnessError, StoreError
from harness.json_output import document
from harness.report.page.html import write_page
from harness.report.sections.lesson import fixed_words
from harness.storage import experiment_folder
from tests.unit import hostile

if TYPE_CHECKING:
    from tests.unit.hostile import Folder

_TURNS = (0, 5, 11)
_BOUND = {"hostile", "PYTHON_GIL", "on", "cpu", "io", "strong", "weak", "ok", "failed"}
_BOUND |= {"threads", "processes", "serial", "asyncio", "cores"}
"""Words of the folder that have a meaning: there is no other in their place."""


class Seen(html.parser.HTMLParser):
    """What a reader's parser makes of a page."""

    def __init__(self, page: str) -> None:  # noqa: D107 - see the class
        super().__init__()
        self.elements: set[tuple[str, str]] = set()
        self.scripts = 0
        self.links: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element, its attributes and where they lead."""
        self.scripts += tag == "script"
        for name, value in attrs or [("", "")]:
            self.elements.add((tag, name))
            if name in ("href", "src", "action", "xlink:href", "formaction", "srcdoc"):
                self.links.append(value or "")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GILSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return hostile.harmless(tmp_path_factory.mktemp("harmless"))


@pytest.fixture(scope="module")
def free(content: Folder, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the strings of the folder that may be anything: reading does not refuse them."""
    said = hostile.refusals(tmp_path_factory.mktemp("tried") / "x", content, hostile.PROBE)
    return tuple(word for word, complaint in said.items() if complaint is None)


@pytest.fixture(scope="module")
def usual(content: Folder, free: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Return the page of the same experiment with a harmless word for every hostile one."""
    root = tmp_path_factory.mktemp("usual")
    words = {word: f"word{place}" for place, word in enumerate(free)}
    folder = hostile.write(root / "hostile", content, words)
    return Seen(report(folder, root, is_json=False).page.read_text(encoding="utf-8"))


def assert_shown_as_text(page: str, usual: Seen) -> None:
    seen = Seen(page)
    assert seen.scripts == usual.scripts
    assert seen.elements <= usual.elements
    outside = {link for link in seen.links if not link.startswith(("#", "data:"))}
    assert outside <= {link.href for link in fixed_words.LINKS}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", page)
    for figure in re.findall(r"<svg xmlns.*?</svg>", page, re.DOTALL):
        ET.fromstring(figure)  # noqa: S314 - our own


def assert_for_a_terminal(text: str) -> None:
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize("turn", _TURNS)
def test_a_folder_of_hostile_strings_has_a_page_of_plain_text(
    tmp_path: Path, content: Folder, free: tuple[str, ...], usual: Seen, turn: int
) -> None:
    folder = hostile.poison(tmp_path / "renamed", content, free, turn=turn)

    made = report(folder, tmp_path / "reports", is_json=False)

    assert made.page == tmp_path / "reports" / "hostile" / "index.html"
    assert "&lt;script&gt;obeyed" in made.page.read_text(encoding="utf-8")
    assert_shown_as_text(made.page.read_text(encoding="utf-8"), usual)
    assert_for_a_terminal(made.text)


def test_every_string_with_a_meaning_is_checked_and_all_others_are_free(
    free: tuple[str, ...], content: Folder
) -> None:
    bound = {*hostile.strings([content.manifest, content.journal])} - {*free}
    words = {word for word in bound if not word.startswith("[[")}
    assert words == _BOUND | {content.manifest["created"]}


@pytest.mark.parametrize(
    ("instead", "every"),
    [("\x1b[2J\x00\x9b31m\u2028\u202e", 2), ("x" * 100_000, 9), ("\ud800", 9)],
    ids=["orders", "long", "half a character"],
)
def test_what_is_refused_is_said_in_a_few_plain_words(
    tmp_path: Path, content: Folder, instead: str, every: int
) -> None:
    said = hostile.refusals(tmp_path / "x", content, instead, every=every)
    complaints = [complaint for complaint in said.values() if complaint is not None]
    assert complaints
    for complaint in complaints:
        assert "is damaged" in complaint
        assert len(complaint) < 2_100
        assert_for_a_terminal(complaint)


def test_brackets_without_end_are_refused(tmp_path: Path, content: Folder) -> None:
    folder = hostile.write(tmp_path / "x", content, {})
    # Deeper than any stack: from CPython 3.14 on, its size is the limit.
    deep = '{"other": ' + "[" * 5_000_000 + "]" * 5_000_000 + ", "
    for name, opening in (
        (experiment_folder.JOURNAL, '"run": {'),
        (experiment_folder.MANIFEST, "{"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        broken = text.replace(opening, opening[:-1] + deep, 1)
        assert broken != text
        (folder / name).write_text(broken, encoding="utf-8")
        with pytest.raises(StoreError, match=rf"{name}.* is damaged"):
            experiment_folder.load(folder)


def test_numbers_that_are_none_are_refused(tmp_path: Path, content: Folder) -> None:
    folder = hostile.write(tmp_path / "x", content, {})
    journal = folder / experiment_folder.JOURNAL
    good = journal.read_text(encoding="utf-8")
    for number in ("NaN", "Infinity", "1e999", "-1e999", "null", "-0.5", "0"):
        text = re.sub(r'("values": \[)[0-9.e-]+', rf"\g<1>{number}", good, count=1)
        assert text != good
        journal.write_text(text, encoding="utf-8")
        with pytest.raises(StoreError, match=r"journal\.jsonl, line \d+ is damaged"):
            experiment_folder.load(folder)


@pytest.mark.parametrize("turn", _TURNS)
def test_a_hostile_pyperf_file_is_compared_as_plain_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("<img src=x onerror=alert(1)> \x1b[2J.json", "b\n'\"&.json")
    for name, effect in zip(names, (1.0, 1.1), strict=True):
        hostile.poisoned_pyperf(Path(name), turn=turn, effect=effect)

    options = compare.CompareOptions(fail_if=("slower>5%",), is_across=True)
    made = compare.make_comparison(names, options, results=Path(), reports=Path("reports"))

    page = made.page.read_text(encoding="utf-8")
    harmless = {"reports": Path("plain"), "results": Path()}
    for name in ("old.json", "new.json"):
        Path(name).write_text(json.dumps(_plain(Path(names[name == "new.json"]))))
    plain = compare.make_comparison(("old.json", "new.json"), options, **harmless)
    assert_shown_as_text(page, Seen(plain.page.read_text(encoding="utf-8")))
    assert_for_a_terminal(made.text + made.failure)


def _plain(path: Path) -> object:
    """Return the same file with a harmless word for every string."""
    content = json.loads(path.read_text(encoding="utf-8"))
    words = {word: f"word{place}" for place, word in enumerate(hostile.strings(content))}
    return hostile.rewritten(content, {**words, "1.0": "1.0"})


@pytest.mark.parametrize(
    "identity",
    [
        "../../x", "/etc/x", "..", ".", "", "a/b", "a\\b", "C:x", "CON", "nul.txt", "Com1", "a.",
        "a b", "x" * 101, "a\n", "a\0b", "-x", ".hidden",
    ],
)  # fmt: skip
def test_an_identity_that_is_no_good_name_of_a_folder_is_refused(
    tmp_path: Path, content: Folder, identity: str
) -> None:
    folder = hostile.write(tmp_path / "x", content, {"hostile": identity})
    assert "the id is not the name of a folder" in str(hostile.refusal(folder))


def test_a_page_replaces_links_and_never_follows_them(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "precious", tmp_path / "reports" / "one"
    kept = elsewhere / "index.html"
    elsewhere.mkdir()
    kept.write_text("precious")
    folder.mkdir(parents=True)
    (folder / "index.html").symlink_to(kept)

    made = write_page("page", folder)

    assert not made.is_symlink()
    assert made.read_text() == "page"
    made.unlink()
    folder.rmdir()
    folder.symlink_to(elsewhere)
    with pytest.raises(StoreError, match="is a link: remove it"):
        write_page("page", folder)
    assert kept.read_text() == "precious"


def test_a_document_never_gives_the_terminal_orders() -> None:
    words = [*hostile.PAYLOADS, "\x7f\x9b31m\u200e"]
    said = document(words)
    assert json.loads(said) == words
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", said
    )


def test_an_error_never_gives_the_terminal_orders() -> None:
    said = str(HarnessError(f"bad \x1b[2J value\n{'x' * 100_000}\u202e end"))
    assert said.startswith("bad \ufffd[2J value\n")
    assert said.endswith("\ufffd end")
    assert len(said) < 2_100
