"""Nothing private survives, and nothing else is lost."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.redaction import redacted, scrub
from tests.unit.report import factory


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("--prefix=/home/ada/opt --with-lto", "--prefix=…/opt --with-lto"),
        ("-I/home/ada/include", "-I…/include"),
        ("-ffile-prefix-map=/home/ada/src=/usr/src", "-ffile-prefix-map=…/src=…/src"),
        ('File "/home/ada/x y/work.py", line 3', 'File "…/work.py", line 3'),
        (r"C:\Users\ada\python.exe", "…/python.exe"),
        ("HOME=/home/ada and /Users/ada/", "HOME=… and …"),
        (r"in 'C:\Users\ada b'", "in '…'"),
        ("~ada/bin/python", "…/python"),
        ("file:///home/ada/x", "file:…/x"),
        ("PATH=/a/b:/c/d", "PATH=…/b:…/d"),
        ("https://ada:secret@example.org/x", "https://example.org/x"),
        ("factorize/threads=4 and PGO/LTO, 3 / 4", "factorize/threads=4 and PGO/LTO, 3 / 4"),
        ("\x1b[31mred\x1b[0m\x00", "red\ufffd"),
        ("two\r\nlines", "two\nlines"),
    ],
)
def test_paths_are_shortened_and_words_kept(raw: str, expected: str) -> None:
    assert scrub(raw) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("<b>bold</b>", "<ul><li>a</li></ul>", "</b>", "<br/>", '"</b>"', "<xs:a>x</xs:a>"),
        *("f(n)/threads=2", "[n]/2", "90%/s", "a+/b", "{x}/y", "x*/y", "n!/k", "1/2", "and/or"),
        *("django/data/load", "fs/tmp/write/1", "ci/build/step", "c:x", "a\\b", "it's </b> 'so'"),
    ],
)
def test_what_is_no_path_is_left_alone(name: str) -> None:
    assert scrub(name) == name


def test_a_path_behind_a_tag_a_bracket_or_a_flag_is_still_one() -> None:
    for raw in ("<b>/home/ada/x</b>", "(/opt/ada/x)", "-isystem/opt/ada/x", "</opt/ada/x>"):
        assert "ada" not in scrub(raw)
        assert "x" in scrub(raw)


def test_private_words_are_replaced_whole() -> None:
    assert scrub("ada at box.corp, adamant", private=("box.corp", "ada")) == "… at …, adamant"


@given(st.text())
def test_scrubbing_twice_changes_nothing(raw: str) -> None:
    assert scrub(scrub(raw)) == scrub(raw)


@given(st.text(st.characters(exclude_characters="/\\\"'<>|:;,=()[]{}…` \n\t"), min_size=1))
def test_no_home_survives(name: str) -> None:
    assert "/home/zoe/" not in scrub(f"see /home/zoe/{name}")


def test_published_analysis_holds_no_host_and_no_home() -> None:
    encoded = msgspec.json.encode(redacted(factory.raw())).decode()
    for word in (factory.HOST, factory.HOST.split(".")[0], factory.USER, "/home", "/opt/"):
        assert word not in encoded


def test_labels_that_become_equal_stay_apart() -> None:
    labels = ("/home/a1/python", "/home/b2/python")
    shown = redacted(
        factory.raw(
            manifest=factory.manifest(labels), cells=factory.cells(labels), splits=(), failures=()
        )
    )
    names = [variant.label for variant in shown.manifest.plan.variants]
    assert names == ["…/python", "…/python (2)"]
    assert {cell.variant for cell in shown.cells} == set(names)
    assert shown.manifest.plan.baseline == names[0]


@pytest.mark.parametrize("text", ["\\" * 20_000, "/" * 20_000, "/a" * 10_000, '"/' * 10_000])
def test_a_long_run_of_slashes_is_cut_and_not_searched_for_ever(text: str) -> None:
    started = time.process_time()

    assert len(scrub(text)) <= 8_001
    # Seconds before it was cut, and growing with the square of the length.
    assert time.process_time() - started < 10


def test_marks_that_turn_the_direction_of_text_are_replaced() -> None:
    assert scrub("safe\u202egpj.exe") == "safe\ufffdgpj.exe"
