"""The grade in words, and the machine against the clock."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from harness.analysis.results.grade import Advice, Code, Grade, Reason, Severity
from harness.report.page.figures import draw_figures
from harness.report.page.html import render
from harness.report.page.view import build_view
from harness.report.sections.trust import figure as run_order
from harness.report.sections.trust import words as trust
from harness.report.terminal import summary_lines
from harness.report.words.grade import grade_line, grade_view
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.analysis.results.grade import MachineSample

OTHERS = Reason(
    code=Code.OTHERS,
    severity=Severity.CARE,
    value=0.8,
    bound=0.2,
    advice=Advice.CLOSE_PROGRAMS,
)
GOVERNOR = Reason(
    code=Code.GOVERNOR,
    severity=Severity.SMALL,
    subject="powersave",
    advice=Advice.SET_GOVERNOR,
)


def charts(samples: tuple[MachineSample, ...]) -> dict[str, str]:
    """Return the figures of an experiment of which nothing else is there to be drawn."""
    return draw_figures(factory.analysis(samples=samples, cells=(), splits=()))


def plain(label: str) -> Reason:
    return Reason(
        code=Code.NO_PGO, severity=Severity.INFO, subject=label, advice=Advice.OPTIMISED_BUILD
    )


@pytest.mark.parametrize(
    ("code", "advice"),
    [*((code, Advice.NOTHING) for code in Code), *((Code.STEAL, advice) for advice in Advice)],
)
def test_every_reason_and_every_advice_has_words(code: Code, advice: Advice) -> None:
    reason = Reason(
        code=code, severity=Severity.SMALL, value=0.123456, bound=6, subject="it", advice=advice
    )
    (shown,) = grade_view(Grade(letter="B", reasons=(reason,))).reasons
    assert shown.words[0].isupper()
    assert shown.words.endswith(".")
    assert "123456" not in shown.words


def test_a_reason_says_what_to_do() -> None:
    shown = grade_view(Grade(letter="C", reasons=(OTHERS, GOVERNOR))).reasons
    assert [(one.words, one.action, one.severity) for one in shown] == [
        (
            "Other programs took 0.800 CPUs.",
            "Close other programs, or run at night.",
            "care",
        ),
        (
            "The frequency governor is powersave.",
            "cpupower frequency-set -g performance (as root)",
            "small",
        ),
    ]


@pytest.mark.parametrize(
    ("severity", "said"),
    [
        (Severity.SMALL, ", and most comparisons rest on these alone."),
        (Severity.CARE, ": large differences can be trusted, small ones may be the machine's."),
        (
            Severity.STOP,
            (
                ": speed-ups cannot be trusted, and of differences between builds only those far "
                "beyond their intervals."
            ),
        ),
    ],
)
def test_few_calm_rounds_say_what_can_be_trusted(severity: Severity, said: str) -> None:
    reason = Reason(code=Code.CALM, severity=severity, value=0.2, advice=Advice.OTHER_HOST)
    (shown,) = grade_view(Grade(letter="C", reasons=(reason,))).reasons
    words = shown.words.replace("\u00a0", " ")
    assert words == f"The machine was undisturbed in only 20.0 % of the rounds{said}"


def test_reasons_that_differ_in_their_subject_are_said_once() -> None:
    shown = grade_view(Grade(letter="A", reasons=(plain("3.14"), plain("3.14t"))))
    assert [one.words for one in shown.reasons] == ["Built without PGO: 3.14 and 3.14t."]


def test_the_summary_has_one_line_of_the_grade() -> None:
    grade = Grade(letter="C", reasons=(OTHERS, GOVERNOR, plain("3.14")))
    said = [
        line for line in summary_lines(factory.analysis(grade=grade)) if line.startswith("Grade")
    ]
    (line,) = said
    assert line == (
        "Grade C: Other programs took 0.800 CPUs. Close other programs, or run at night. "
        "1 more reason on the page."
    )
    good = Grade(letter="A", reasons=(plain("3.14"),))
    assert grade_line(good).startswith("Grade A: Nothing was noticed")


def test_the_letter_stands_on_the_page_with_its_reasons() -> None:
    analysis = factory.analysis(grade=Grade(letter="C", reasons=(OTHERS,)))
    page = render(build_view(analysis), draw_figures(analysis))
    assert '<strong class="letter letter-C"><span class="unseen">Grade </span>C</strong>' in page
    assert '<li class="care">Other programs took' in page
    assert '<a href="#trust">' in page


def test_without_samples_there_is_no_chart_but_a_line() -> None:
    for samples in ((), (unread(),)):
        analysis = factory.analysis(samples=samples)
        found = factory.part(build_view(analysis), "run-order")
        assert (bool(found.absent), found.figures) == (True, ())
        assert trust.FIGURE not in draw_figures(analysis)


def unread() -> MachineSample:
    nothing: dict[str, Any] = dict.fromkeys(("canary_s", "load_1min", "others_cpus", "stolen"))
    return factory.sample(0, **nothing)


def test_an_old_journal_without_canaries_still_has_its_load() -> None:
    old = tuple(
        dataclasses.replace(one, canary_s=None, others_cpus=None) for one in factory.samples()
    )
    analysis = factory.analysis(samples=old)
    (figure,) = factory.part(build_view(analysis), "run-order").figures
    assert "There is no canary." in figure.description
    assert figure.table.rows[0].cells[1].value == "–"
    chart = charts(old)[trust.FIGURE]
    assert "Load average" in chart
    assert "canary" not in chart


def test_the_chart_has_a_table_row_and_a_tooltip_for_each_block() -> None:
    analysis = factory.analysis()
    (figure,) = factory.part(build_view(analysis), "run-order").figures
    assert [row.head for row in figure.table.rows] == [str(block) for block in range(1, 11)]
    assert [cell.value for cell in figure.table.rows[0].cells] == [
        "6", "3.00\u00a0ms", "1.00×", "1.12", "0.0100", "0\u00a0%", "3.20\u00a0GHz", "61\u00a0°C",
    ]  # fmt: skip
    assert "The load average was 1.0 to 1.2." in figure.description
    chart = charts(analysis.samples)[trust.FIGURE]
    tips = re.findall(r"<title>(.*?)</title>", chart)
    assert tips[0] == "Block 1: median 1.00× of 6 jobs"
    assert len(tips) == 10


def test_long_pauses_are_cut_short() -> None:
    first, second, third = (factory.sample(place, duration_s=1.0) for place in range(3))
    later = dataclasses.replace(third, at_s=third.at_s + 7200)
    assert run_order.clock((first, second, later)) == (0, 1, 2 + 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"canary_s": 1e6},
        {"canary_s": 1e-9},
        {"load_1min": 1e9, "others_cpus": 1e9},
        {"stolen": 1.0},
        {"duration_s": 1e9},
        {"duration_s": 5e-324},
        {"at_s": 1e12},
        {"at_s": -1e12},
    ],
)
def test_extreme_samples_are_drawn(changes: dict[str, Any]) -> None:
    samples = (*factory.samples(12), factory.sample(12, **changes), factory.sample(13))
    chart = charts(samples)[trust.FIGURE]
    assert "nan" not in chart
    assert "inf" not in re.sub(r"<title>.*?</title>", "", chart)
    assert trust.FIGURE in charts((factory.sample(0, **changes),))


def test_many_jobs_make_no_large_figure() -> None:
    many = tuple(factory.sample(place, per_block=60) for place in range(6000))
    assert len(charts(many)[trust.FIGURE]) < 700_000


def test_the_canary_of_a_block_is_against_the_median_of_all() -> None:
    slow = tuple(
        factory.sample(place, canary_s=0.003 * (1.5 if place < 6 else 1)) for place in range(60)
    )
    assert math.isclose(trust.canaries(slow)[0] or 0, 1.5)
    assert math.isclose(trust.canaries(slow)[59] or 0, 1)
