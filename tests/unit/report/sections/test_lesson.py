"""The lesson's story: the reader's numbers in its places, and no more said than was shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import pytest

from harness.model import Decision, Mode
from harness.report.sections.lesson import fixed_words
from harness.report.sections.lesson.section import section
from harness.report.sections.lesson.words import conclusion, replays, waiting
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis


def judged(decision: Decision | None) -> Analysis:
    """Return the usual analysis, every speed-up of the lesson judged so."""
    usual = factory.judged(factory.estimate(1.0), is_speedup=True)
    assert usual is not None
    verdict = None if decision is None else msgspec.structs.replace(usual, decision=decision)
    return factory.analysis(
        cells=tuple(
            dataclasses.replace(one, speedup_verdict=verdict)
            if (one.benchmark.workload, one.mode) == ("lesson", Mode.THREADS)
            else one
            for one in factory.cells()
        )
    )


def test_the_two_times_of_the_lesson_come_first_and_then_the_readers_own() -> None:
    found = section(factory.analysis())
    assert "0.699\u00a0s" in found.sentences[0]
    assert "0.854\u00a0s" in found.sentences[0]
    said = [point.replace("\u00a0", " ") for point in found.points]
    assert said[0] == (
        "3.14: 161.2 ms [159.9, 162.5] one after another, 166.4 ms [165.0, 167.7] with 4 threads. "
        "Threads take longer, as they did in the lesson: 0.969× [0.953, 0.985] as fast, "
        "n = 10 blocks."
    )
    verdicts = [replay.verdict for replay in replays(factory.analysis())]
    assert verdicts == ["longer", "shorter", "longer", "longer"]
    assert said[-1] == (
        "With a thread for each number it takes longer under 3.14, 3.14t+gil and pypy3.11, as in "
        "the lesson; less time under 3.14t."
    )
    assert found.absent == ""


@pytest.mark.parametrize(
    ("decision", "verdict", "said"),
    [
        (Decision.EQUIVALENT, "as long", "Threads take as long, within 2\u00a0%: nothing gained"),
        (Decision.UNRESOLVED, "not resolved", "Whether threads take longer is not resolved"),
        (None, "not resolved", "Whether threads take longer cannot be judged"),
    ],
)
def test_no_more_is_said_than_was_decided(
    decision: Decision | None, verdict: str, said: str
) -> None:
    found = replays(judged(decision))
    assert {replay.verdict for replay in found} == {verdict}
    assert all(said in replay.sentence for replay in found)
    assert "as in the lesson" not in conclusion(found)


def test_one_block_is_said_to_be_one() -> None:
    analysis = factory.analysis(cells=factory.cells(n=1))
    first = replays(analysis)[0]
    assert first.verdict == "not resolved"
    assert "as fast, one block only (" in first.sentence
    assert first.sentence.count("one process only") == 1
    assert "one block only" in waiting(analysis)[0]


def test_waiting_pays_under_every_build() -> None:
    found = waiting(factory.analysis())
    assert [one.partition(": ")[0] for one in found] == list(factory.LABELS)
    assert found[0].replace("\u00a0", " ") == (
        "3.14: 4 threads of blocking_io get 3.984× [3.920, 4.049] as much done as one in the same "
        "time, n = 10 blocks."
    )


def test_what_was_not_measured_says_how_to_get_it() -> None:
    found = section(factory.analysis(cells=(), splits=()))
    assert found.points == found.parts[0].points == ()
    assert "`nox -s bench -- --workload lesson`" in found.absent
    assert "`nox -s bench -- --workload blocking_io --threads 1,4`" in found.parts[0].absent
    assert len(found.sentences) == 2


def test_the_gil_is_explained_in_five_sentences() -> None:
    said = fixed_words.GIL
    assert len(said) == 5
    # The only other points stand inside version numbers.
    assert all(one.endswith(".") and one.count(". ") == 0 for one in said)


def test_links_lead_to_python_org_alone() -> None:
    for link in fixed_words.LINKS:
        parts = urlsplit(link.href)
        assert link.title
        assert parts.scheme == "https"
        assert parts.hostname in ("docs.python.org", "peps.python.org")


def test_snippets_are_python() -> None:
    for snippet in (*fixed_words.TWO_WAYS, fixed_words.WAIT):
        assert compile(snippet.code, snippet.title, "exec")
