"""The page as a value: strings, flags and figure names only, nothing left to decide."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.results.experiment import Stop
from harness.model import Status
from harness.report import answer
from harness.report.elements import (
    Answer,
    Card,
    FailureView,
    GradeView,
    LiveView,
    Section,
    Shown,
)
from harness.report.numbers import ceiling, tables
from harness.report.numbers.series import slots
from harness.report.page import cards
from harness.report.page.sections import SLICES
from harness.report.sections.aa.words import known_noise
from harness.report.words import formatting, grade
from harness.report.words.file_names import file_stem
from harness.report.words.remarks import gil_back_lines, remark_sentences
from harness.report.words.skipped import skipped_rows
from harness.report.words.titles import experiment_title
from harness.wording import by_reason

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Failure
    from harness.report.answer import Headline
    from harness.report.redaction import Redacted

__all__ = ["ReportView", "build_view"]

_MAX_TAIL_LENGTH = 4000
_MAX_REASON_LENGTH = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportView:
    """Everything on the page, in its order."""

    title: str
    subtitle: str
    state: str
    is_partial: bool
    grade: GradeView
    level: str
    intervals: str
    practical: str
    """The smallest difference that matters, and its source."""
    answers: tuple[Answer, ...]
    troubles: tuple[tuple[str, str], ...]
    """What is missing, and why."""
    ceilings: tuple[str, ...]
    is_ceiling_low: bool
    notes: tuple[str, ...]
    legend: tuple[tuple[str, int], ...]
    """Names of the variants, and the places that fix their marks."""
    sections: tuple[Section, ...]
    """Between the answer and the builds."""
    builds: tuple[Card, ...]
    machine: Card
    experiment: Card
    failures: tuple[FailureView, ...]
    csv: str
    csv_name: str
    live: LiveView | None
    """Of a page made while the experiment still runs."""


def build_view(analysis: Redacted, *, live: LiveView | None = None) -> ReportView:
    """Return the page for an analysis."""
    limits = ceiling.ceilings(analysis)
    manifest = analysis.manifest
    return ReportView(
        title=experiment_title(
            manifest.label,
            workloads=(workload.name for workload in manifest.plan.workloads),
            variants=(variant.label for variant in manifest.plan.variants),
        ),
        subtitle=f"{manifest.machine.label} · {manifest.created[:10]}",
        state=_state(analysis),
        is_partial=not analysis.is_complete,
        grade=grade.grade_view(analysis.grade),
        level=f"{analysis.level * 100:g} %",
        intervals=_intervals(analysis),
        practical=known_noise(analysis),
        answers=tuple(_answer(analysis, label) for label in slots(analysis)),
        troubles=_troubles(analysis),
        ceilings=tuple(item.sentence for item in limits),
        is_ceiling_low=any(item.state is ceiling.State.LOW for item in limits),
        notes=(
            *gil_back_lines(analysis),
            *_caveats(analysis),
            *remark_sentences(analysis),
            *analysis.notes,
        ),
        legend=tuple(slots(analysis).items()),
        sections=tuple(part.make(analysis) for part in SLICES),
        builds=cards.build_cards(analysis),
        machine=cards.machine_card(analysis),
        experiment=cards.experiment_card(analysis),
        failures=tuple(_failure(analysis, failure) for failure in analysis.failures),
        csv=tables.times_csv(analysis),
        csv_name=f"{file_stem(manifest.id, longest=80, otherwise='experiment')}.csv",
        live=live,
    )


def _answer(analysis: Analysis, label: str) -> Answer:
    headline = answer.headline(analysis, label)
    what, shown, basis = _big(headline)
    return Answer(
        label=label,
        slot=headline.slot,
        what=what,
        number=shown.value,
        interval=shown.full_note,
        basis=basis,
        clauses=headline.clauses(baseline=analysis.manifest.plan.baseline),
        is_unsure=headline.is_unsure,
    )


def _big(headline: Headline) -> tuple[str, Shown, str]:
    """Return the number shown large, between its name and its basis."""
    cell, speedup = headline.cpu, headline.cpu_speedup
    if cell is None:
        if headline.delays is None:
            return "", Shown(formatting.ABSENT), ""
        shown = formatting.seconds(headline.delays[1].p99)
        return "slowest answers", shown, "p99 beside one computing thread"
    threads = formatting.count(cell.threads, "thread")
    if speedup is None:
        basis = f"n = {formatting.count(cell.time_s.n, 'process')}"
        return f"time with {threads}", formatting.seconds(cell.time_s), basis
    what = f"speed-up with {threads}"
    if headline.low_ceiling:
        return what, Shown(formatting.ABSENT, "withheld"), ""
    return what, formatting.factor(speedup), f"n = {formatting.count(speedup.n, 'block')}"


def _caveats(analysis: Analysis) -> tuple[str, ...]:
    """Return what the builds themselves forbid to conclude."""
    plan = analysis.manifest.plan
    baseline = plan.variant(plan.baseline).build
    if baseline.implementation != "cpython" or baseline.has_pgo or not baseline.has_own_config:
        return ()
    lacks = "PGO" if baseline.has_lto else "PGO/LTO"
    sentence = (
        f"The baseline was built without {lacks}: an optimised build is faster, so comparisons "
        "with PyPy and with published numbers do not transfer."
    )
    return (sentence,)


def _state(analysis: Analysis) -> str:
    plan, done = analysis.manifest.plan, analysis.blocks_done
    took = f"{formatting.duration(analysis.duration_s)} from first to last process."
    planned = formatting.count(plan.preset.blocks, "block")
    blocks = formatting.count(done, "block")
    if analysis.stop is Stop.TIME:
        return f"Complete: {blocks} in the time that was given. {took}"
    if analysis.stop is Stop.PRECISION:
        reach = f"±{(plan.precision or 0) * 100:g} %"
        return f"Complete: after {blocks} every headline interval was within {reach}. {took}"
    if analysis.is_complete:
        measured = "the one block" if plan.preset.blocks == 1 else f"all {planned}"
        return f"Complete: {measured} measured, {took}"
    if plan.has_stopping_rule:
        return (
            f"Partial: {blocks} complete, and no rule had ended it; "
            f"the numbers rest on these alone. {took}"
        )
    if not done:
        return f"Partial: none of {planned} is complete. {took}"
    return (
        f"Partial: {done} of {planned} complete; the numbers rest on these alone and their "
        f"intervals are wider. {took}"
    )


def _intervals(analysis: Analysis) -> str:
    if analysis.blocks_done < 2:  # noqa: PLR2004 - an interval needs two
        return (
            "One process for each number gives no interval: take every digit with a grain of salt."
        )
    blocks = formatting.count(analysis.blocks_done, "block")
    share = f"{analysis.level * 100:g} %"
    return f"Brackets hold {share} intervals, from {blocks} in which every build took its turn."


def _troubles(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Return what is missing from the numbers, and why."""
    manifest = analysis.manifest
    missing = ((row.label, row.reason) for row in manifest.unavailable)
    reasons = (
        *((f"{words} unavailable", reason) for words, reason in by_reason(missing, verb="is")),
        *skipped_rows(manifest.plan),
        *((f"{_cell(failure)} {_verb(failure)}", failure.reason) for failure in analysis.failures),
    )
    return tuple((subject, _brief(reason)) for subject, reason in reasons)


def _brief(reason: str) -> str:
    """Return the reason as the top of the page shows it; the table has all of it."""
    flat = " ".join(reason.split()) or "no reason given"
    return flat if len(flat) <= _MAX_REASON_LENGTH else f"{flat[:_MAX_REASON_LENGTH]}…"


def _cell(failure: Failure) -> str:
    return f"{failure.variant} {failure.benchmark.name}"


def _verb(failure: Failure) -> str:
    jobs = failure.failed + failure.succeeded
    auxiliary = "was" if failure.status == Status.SKIPPED else "has"
    return (
        f"{auxiliary} {failure.status} in {failure.failed} of {formatting.count(jobs, 'process')}"
    )


def _failure(analysis: Analysis, failure: Failure) -> FailureView:
    quarantined = "; not tried again" if failure.is_quarantined else ""
    return FailureView(
        cell=_cell(failure),
        slot=slots(analysis).get(failure.variant),
        status=str(failure.status),
        counts=f"{failure.failed} failed, {failure.succeeded} succeeded{quarantined}",
        reason=failure.reason[:_MAX_TAIL_LENGTH],
        stderr_tail=failure.stderr_tail[-_MAX_TAIL_LENGTH:].strip(),
    )
