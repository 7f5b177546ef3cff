"""The grade in words: a letter, a sentence, and for each reason what can be done about it."""

from __future__ import annotations

import math

from harness.analysis.results.grade import Advice, Code, Grade, Reason, Severity
from harness.report.elements import GradeView, ReasonView
from harness.report.words import formatting

__all__ = ["grade_line", "grade_view"]

_NBSP = "\u00a0"
_SENTENCES = {
    "A": "Nothing was noticed that spoils the numbers, and all that is needed could be read.",
    "B": "Only small matters were noticed: show the numbers together with them.",
    "C": "Use the numbers with care: a small difference may be the machine's.",
    "D": "Do not publish these numbers: mend what stands first, and measure again.",
}
_TRUST = {
    Severity.SMALL: ", and most comparisons rest on these alone",
    Severity.CARE: ": large differences can be trusted, small ones may be the machine's",
    Severity.STOP: (
        ": speed-ups cannot be trusted, and of differences between builds only those far beyond "
        "their intervals"
    ),
}
"""What a share of calm rounds means for the numbers."""
_ACTIONS = {
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
    Advice.RESUME: "Finish it with --resume.",
    Advice.MORE_BLOCKS: "Measure more blocks: with --blocks, or without --fast.",
    Advice.NARROW: "Measure longer: --rigorous, or --precision with a time budget.",
    Advice.RELEASE_BUILD: "Measure a release build.",
    Advice.OPTIMISED_BUILD: "For publishing, ask for an optimised build.",
    Advice.MEASURE_AGAIN: "Measure again: a canary runs before every job now.",
    Advice.MEASURE_CEILING: "Measure in processes too: --mode threads,processes.",
}


_WORDS = {
    Code.CALM: "The machine was undisturbed in only {percent} of the rounds{trust}",
    Code.WIDE: (
        "The widest interval of the headline answers is ±{percent}: smaller differences cannot be "
        "resolved"
    ),
    Code.CANARY_SPREAD: "The speed of the machine itself varied by {percent} from job to job",
    Code.CANARY_DRIFT: (
        "The same work took the machine longer or shorter with time: in the end it was {change}"
    ),
    Code.CANARY_STEP: (
        "The speed of the machine changed at once: from one job to the next it was {change}, and "
        "stayed so for a while"
    ),
    Code.STEAL: "The host took {percent} of the jobs' CPU time away",
    Code.STEAL_WORST: "In one job of ten the host took {percent} or more of its CPU time away",
    Code.OTHERS: "Other programs took {number} CPUs",
    Code.LOAD: "By the load average, other programs took {number} CPUs",
    Code.FREQUENCY: "The clock of the processor varied by {percent} for the same work",
    Code.TEMPERATURE: (
        f"The processor became {{number}}{_NBSP}°C hot: near its limit it slows down"
    ),
    Code.CEILING: (
        "In as many processes as there are cores, which share no lock, the machine gives "
        "{percent} of what its cores promise"
    ),
    Code.GOVERNOR: "The frequency governor is {subject}",
    Code.QUOTA: "The control group grants {number} CPUs' worth of time, on more CPUs",
    Code.QUOTA_FRACTION: (
        "The control group grants {number} CPUs' worth of time: threads are stopped in the middle "
        "of a value"
    ),
    # The vendor is on the machine's card.
    Code.VIRTUAL: (
        "This is a virtual machine: what its host does to clock and caches cannot be seen"
    ),
    Code.SMT: "Cores run two threads each: beyond the physical cores threads share their units",
    Code.HYBRID: "Cores are of two kinds: beyond the P-cores threads run at two speeds",
    Code.PARTIAL: "Only {whole} of {planned} are complete",
    Code.FEW_BLOCKS: "The numbers rest on {blocks}, fewer than {bound:g}",
    Code.DEBUG: "Debug build: {subject}",
    Code.NO_PGO: "Built without PGO: {subject}",
    Code.CANARY_UNKNOWN: ("How steady the machine was is not known: too few jobs have a canary"),
    Code.STEAL_UNKNOWN: "Whether a host took CPU time away cannot be read here",
    Code.OTHERS_UNKNOWN: "What other programs took cannot be read here",
    Code.FREQUENCY_UNKNOWN: "The clock of the processor cannot be read here",
    Code.CEILING_UNKNOWN: "What the machine itself allows was not measured",
}
"""A change is one of speed: the time of the same work rose where it is above 0."""


def grade_view(grade: Grade) -> GradeView:
    """Return the grade for the page; reasons that differ in their subject are one."""
    merged: dict[tuple[Code, Severity], list[Reason]] = {}
    for reason in grade.reasons:
        merged.setdefault((reason.code, reason.severity), []).append(reason)
    return GradeView(
        letter=grade.letter,
        sentence=_SENTENCES[grade.letter],
        reasons=tuple(_reason(reasons) for reasons in merged.values()),
    )


def grade_line(grade: Grade) -> str:
    """Return the grade as one line: the gravest reason, and how many more there are."""
    counted = [reason for reason in grade_view(grade).reasons if reason.severity != Severity.INFO]
    if not counted:
        return f"Grade {grade.letter}: {_SENTENCES[grade.letter]}"
    first, more = counted[0], len(counted) - 1
    line = f"Grade {grade.letter}: {first.words} {first.action}".rstrip()
    return f"{line} {formatting.count(more, 'more reason')} on the page." if more else line


def _reason(reasons: list[Reason]) -> ReasonView:
    first = reasons[0]
    subject = formatting.listed(tuple(reason.subject for reason in reasons if reason.subject))
    value, bound = first.value or 0.0, first.bound or 0.0
    percent = f"{formatting.plain(100 * abs(value))}{_NBSP}%"
    whole = int(value) if math.isfinite(value) else 0
    words = _WORDS[first.code].format(
        subject=subject,
        number=formatting.plain(first.value),
        percent=percent,
        change=f"{percent} {'slower' if value > 0 else 'faster'}",
        whole=whole,
        blocks=formatting.count(whole, "block"),
        planned=formatting.count(int(bound), "block"),
        bound=bound,
        trust=_TRUST.get(first.severity, ""),
    )
    return ReasonView(
        words=f"{words}.", action=_ACTIONS.get(first.advice, ""), severity=str(first.severity)
    )
