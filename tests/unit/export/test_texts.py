"""The summary for a pull request, and the JSON for a history of benchmarks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from harness.export import github_action, markdown
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.commands.load import Loaded

HOSTILE = (
    "a|b",
    "`code` ``more``",
    "<img src=x onerror=alert(1)><details>",
    "[link](https://example.org) ![image](https://example.org/x.png)",
    "@octocat and @org/team",
    "https://example.org www.example.org mail@example.org",
    "fixes #1, GH-2 and a/b#3",
    "line\n\n# heading\n- item\n```",
    "<!-- comment",
    "*a* _b_ ~~c~~ $d$ &amp;",
)


def hostile(text: str) -> str:
    labels = (text, "3.14t")
    return markdown.summary(
        factory.analysis(
            manifest=factory.manifest(labels),
            cells=factory.cells(labels),
            splits=(),
            failures=(factory.failure(variant=text, reason=text),),
        )
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_does_anything_on_github(text: str) -> None:
    shown = hostile(text)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", shown)  # in code nothing does anything
    outside = outside.replace("<details><summary>The other workloads</summary>", "")
    outside = outside.replace("</details>", "")
    assert not re.search(r"(?<!\\)[<>\[\]$]", outside)
    assert not re.search(r"[@#]\w|GH-\d|://|www\.", outside)
    tables = [line for line in shown.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} == {6}


def test_a_name_stays_one_piece_of_code() -> None:
    assert markdown.code("3.14t") == "`3.14t`"
    assert markdown.code("a`b``c") == "``` a`b``c ```"
    assert markdown.code("a|b\nc") == "`a\\|b c`"
    assert markdown.code(" ") == "`-`"


def test_the_summary_says_the_answer_and_a_table_for_each_workload() -> None:
    shown = markdown.summary(factory.analysis())
    assert "- **`3.14t`**: factorize " in shown
    assert "\nGrade " in shown
    assert "#### `factorize`, 2 threads" in shown
    assert "\nn = 10 blocks.\n" in shown
    assert re.search(r"\| `3.14` \|.*\| baseline \|", shown)
    assert re.search(r"\| `3.14t` \| .* \| 1\.8[^|]*× \\\[.*\| faster \|", shown)
    assert "`pypy3.11 factorize/threads=4` failed: exit code 1" in shown


def test_a_large_experiment_fits_into_a_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_MAX_LENGTH", 2000)
    shown = markdown.summary(factory.analysis(failures=()))
    assert len(shown) < 2500
    assert "The tables of 2 workloads more are left out here" in shown


def test_times_and_speedups_are_what_the_action_takes(loaded: Loaded) -> None:
    for made, unit in ((github_action.times, "s"), (github_action.speedups, "x")):
        entries = json.loads(made(loaded.analysis))
        assert entries
        for entry in entries:
            assert list(entry) == ["name", "unit", "value", "range", "extra"]
            assert entry["unit"] == unit
            assert entry["value"] > 0
            assert re.fullmatch(r"± [\d.e-]+", entry["range"])
        names = [entry["name"] for entry in entries]
        assert len(set(names)) == len(names)
        assert "3.14t factorize/threads=2" in names


def test_without_an_interval_there_is_no_range() -> None:
    single = factory.analysis(cells=factory.cells(n=1), splits=())
    entries = json.loads(github_action.times(single))
    assert all("range" not in entry for entry in entries)
    assert entries[0]["extra"] == "no interval\nn = 1"
