"""The grade in words: a letter, a sentence, and for each reason what can be done about it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.results.grade import Advice, Code, Grade, Reason, Severity
from harness.report.elements import GradeView, ReasonView
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["grade_line", "grade_view"]

_NBSP = "\u00a0"
_SENTENCES = {
    "A": "Nothing was noticed that spoils the numbers, and all that is needed could be read.",
    "B": "Only small matters were noticed: show the numbers together with them.",
    "C": "Use the numbers with care: a small difference may be the machine's.",
    "D": "Do not publish these numbers: mend what stands first, and measure again.",
}
_ACTIONS = {
    Advice.NOTHING: "",
    Advice.CLOSE_PROGRAMS: "Close other programs, or run at night.",
    Advice.OTHER_HOST: "Run at a quieter time, or on a machine that is not shared.",
    Advice.STEADY_CLOCK: (
        "Plug in the power supply, set the governor to performance, turn turbo off and stop "
        "background work such as updates and indexing."
    ),
    Advice.COOL: "Give the machine air, or a pause before measuring; turn turbo off.",
    Advice.SET_GOVERNOR: "cpupower frequency-set -g performance (as root)",
    Advice.WHOLE_CPUS: "Give the container whole CPUs: --cpuset-cpus instead of --cpus.",
    Advice.BARE_METAL: "For publishing, measure on a machine of your own.",
    Advice.STAY_WITHIN_CORES: "",
    Advice.RESUME: "Finish it with --resume.",
    Advice.MORE_BLOCKS: "Measure more blocks: leave out --fast.",
    Advice.RELEASE_BUILD: "Measure a release build.",
    Advice.OPTIMISED_BUILD: "For publishing, ask for an optimised build.",
    Advice.MEASURE_AGAIN: "Measure again: a canary runs before every job now.",
    Advice.MEASURE_CEILING: "Measure in processes too: --mode threads,processes.",
}


def _percent(share: float | None) -> str:
    return f"{formatting.plain(100 * (share or 0.0))}{_NBSP}%"


def _changed(share: float | None) -> str:
    """Return by how much the time of the same work rose or fell, as a change of speed."""
    grown = share or 0.0
    return f"{_percent(abs(grown))} {'slower' if grown > 0 else 'faster'}"


_WORDS: dict[Code, Callable[[Reason], str]] = {
    Code.CANARY_SPREAD: lambda one: (
        f"The speed of the machine itself varied by {_percent(one.value)} from job to job"
    ),
    Code.CANARY_DRIFT: lambda one: (
        f"The same work took the machine longer or shorter with time: in the end it was "
        f"{_changed(one.value)}"
    ),
    Code.CANARY_STEP: lambda one: (
        f"The speed of the machine changed at once: from one job to the next it was "
        f"{_changed(one.value)}, and stayed so for a while"
    ),
    Code.STEAL: lambda one: f"The host took {_percent(one.value)} of the jobs' CPU time away",
    Code.STEAL_WORST: lambda one: (
        f"In one job of ten the host took {_percent(one.value)} or more of its CPU time away"
    ),
    Code.OTHERS: lambda one: f"Other programs took {formatting.plain(one.value)} CPUs",
    Code.LOAD: lambda one: (
        f"By the load average, other programs took {formatting.plain(one.value)} CPUs"
    ),
    Code.FREQUENCY: lambda one: (
        f"The clock of the processor varied by {_percent(one.value)} for the same work"
    ),
    Code.TEMPERATURE: lambda one: (
        f"The processor became {formatting.plain(one.value)}{_NBSP}°C hot: "
        "near its limit it slows down"
    ),
    Code.CEILING: lambda one: (
        f"In as many processes as there are cores, which share no lock, the machine gives "
        f"{_percent(one.value)} of what its cores promise"
    ),
    Code.GOVERNOR: lambda one: f"The frequency governor is {one.subject}",
    Code.QUOTA: lambda one: (
        f"The control group grants {formatting.plain(one.value)} CPUs' worth of time, on more CPUs"
    ),
    Code.QUOTA_FRACTION: lambda one: (
        f"The control group grants {formatting.plain(one.value)} CPUs' worth of time: threads are "
        "stopped in the middle of a value"
    ),
    Code.VIRTUAL: lambda one: (  # noqa: ARG005 - the vendor is on the machine's card
        "This is a virtual machine: what its host does to clock and caches cannot be seen"
    ),
    Code.SMT: lambda one: (  # noqa: ARG005
        "Cores run two threads each: beyond the physical cores threads share their units"
    ),
    Code.HYBRID: lambda one: (  # noqa: ARG005
        "Cores are of two kinds: beyond the P-cores threads run at two speeds"
    ),
    Code.PARTIAL: lambda one: (
        f"Only {int(one.value or 0)} of {formatting.count(int(one.bound or 0), 'block')} "
        "are complete"
    ),
    Code.FEW_BLOCKS: lambda one: (
        f"The numbers rest on {formatting.count(int(one.value or 0), 'block')}, "
        f"fewer than {one.bound:g}"
    ),
    Code.DEBUG: lambda one: f"Debug build: {one.subject}",
    Code.NO_PGO: lambda one: f"Built without PGO: {one.subject}",
    Code.CANARY_UNKNOWN: lambda one: (  # noqa: ARG005
        "How steady the machine was is not known: too few jobs have a canary"
    ),
    Code.STEAL_UNKNOWN: lambda one: (  # noqa: ARG005
        "Whether a host took CPU time away cannot be read here"
    ),
    Code.OTHERS_UNKNOWN: lambda one: (  # noqa: ARG005
        "What other programs took cannot be read here"
    ),
    Code.FREQUENCY_UNKNOWN: lambda one: (  # noqa: ARG005
        "The clock of the processor cannot be read here"
    ),
    Code.CEILING_UNKNOWN: lambda one: (  # noqa: ARG005
        "What the machine itself allows was not measured"
    ),
}


def grade_view(grade: Grade) -> GradeView:
    """Return the grade as it stands on the page; reasons that differ in their subject are one."""
    merged: dict[tuple[Code, Severity], list[Reason]] = {}
    for reason in grade.reasons:
        merged.setdefault((reason.code, reason.severity), []).append(reason)
    return GradeView(
        letter=grade.letter,
        sentence=_SENTENCES[grade.letter],
        reasons=tuple(_reason(group) for group in merged.values()),
    )


def grade_line(grade: Grade) -> str:
    """Return the grade as one line: the gravest reason, and how many more there are."""
    counted = [one for one in grade_view(grade).reasons if one.severity != Severity.INFO]
    if not counted:
        return f"Grade {grade.letter}: {_SENTENCES[grade.letter]}"
    first, more = counted[0], len(counted) - 1
    said = f"Grade {grade.letter}: {first.words} {first.action}".rstrip()
    return f"{said} {formatting.count(more, 'more reason')} on the page." if more else said


def _reason(group: list[Reason]) -> ReasonView:
    first = group[0]
    subject = formatting.listed(tuple(one.subject for one in group if one.subject))
    merged = dataclasses.replace(first, subject=subject)
    return ReasonView(
        words=f"{_WORDS[first.code](merged)}.",
        action=_ACTIONS[first.advice],
        severity=str(first.severity),
    )
