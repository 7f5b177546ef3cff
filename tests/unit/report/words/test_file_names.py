"""Names that may be anything, as names of files and of places on a page."""

from __future__ import annotations

import pytest

from harness.report.words.file_names import file_stem, file_stems, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a\0b\n", "a-b"),
        ("…", "unnamed"),
        ("x" * 1000, "x" * 60),
        ("x" * 59 + "-y", "x" * 59),
        ("3.14t+gil", "3.14t-gil"),
    ],
)
def test_a_hostile_name_is_no_path(name: str, expected: str) -> None:
    assert file_stem(name, longest=60) == expected


def test_names_of_files_are_safe_and_apart() -> None:
    odd = ("../../etc/x", "A", "a", "…", "", "x" * 300, ".json", "a b", "3.14t+gil", "CON", "nul.t")
    assert list(file_stems(odd).values()) == [
        *(
            "etc-x",
            "A",
            "a-2",
            "unnamed",
            "unnamed-2",
            "x" * 60,
            "json",
            "a-b",
            "3.14t+gil",
            "_CON",
            "_nul.t",
        )
    ]


def test_a_slug_holds_small_letters_and_digits() -> None:
    assert slug("Own: CPU_bound 2!") == "own-cpu-bound-2"
    assert slug("…") == ""
