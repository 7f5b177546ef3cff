from __future__ import annotations

import io

import pytest

from harness.terminal_width import MIN_WIDTH, fitted, terminal_width

TABLE = (
    "Installed (2)\n"
    "  3.14   free-threaded  no JIT  PGO and LTO  GCC 12.2.0  glibc 2.36\n"
    "      /home/somebody/.cache/gilscope/interpreters/3.14t/bin/python3.14\n"
    "  pypy   GIL            JIT on\n"
)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 300])
def test_no_line_is_wider_than_the_terminal_but_for_words_that_are(width: int) -> None:
    lines = fitted(TABLE, width).splitlines()

    assert all(len(line) <= width or len(line.split()) <= 2 for line in lines)
    assert " ".join(fitted(TABLE, width).split()) == " ".join(TABLE.split())


def test_a_row_that_is_too_wide_becomes_a_paragraph_of_its_own() -> None:
    assert fitted(TABLE, 40).splitlines()[1:3] == [
        "  3.14  free-threaded  no JIT  PGO and",
        "      LTO  GCC 12.2.0  glibc 2.36",
    ]
    assert fitted(TABLE, 40).endswith("  pypy   GIL            JIT on\n")


def test_what_fits_and_what_goes_to_a_file_stays_as_it_is() -> None:
    assert fitted(TABLE, None) == TABLE
    assert fitted(TABLE, 80) == TABLE


def test_a_command_stays_on_one_line_to_be_copied() -> None:
    for line in (
        "  nox -s bench -- --interpreter base=/opt/base --interpreter head=/opt/head\n",
        "Report: /a/folder/with/a/long/name/reports/20261128T125558Z-b3a275/index.html\n",
    ):
        assert fitted(line, 40) == line


@pytest.mark.parametrize(
    ("columns", "width"),
    [("100", 100), ("40", 40), ("1", MIN_WIDTH), ("0", None), ("wide", None), ("", None)],
)
def test_the_width_is_that_of_columns_if_it_is_one(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int | None
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert terminal_width(io.StringIO()) == width
