"""The page as a value: strings, flags and figure names only, nothing left to decide."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.results.experiment import Stop
from harness.model import Status
from harness.report import answer
from harness.report.elements import (
    Answer,
    Attachment,
    Card,
    FailureView,
    GradeView,
    LegendItem,
    LiveView,
    Section,
    Shown,
    Trouble,
)
from harness.report.numbers import ceiling, tables
from harness.report.numbers.series import slots
from harness.report.page import cards, sections
from harness.report.sections.aa.words import known_noise
from harness.report.words import formatting, grade
from harness.report.words.file_names import file_stem
from harness.report.words.skipped import skipped_rows

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Failure
    from harness.report.answer import Headline
    from harness.report.redaction import Redacted

__all__ = ["ReportView", "build_view"]

_MAX_TAIL_LENGTH = 4000
_MAX_REASON_LENGTH = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportView:
    """Everything the page says, in the order it says it."""

    title: str
    subtitle: str
    state: str
    is_partial: bool
    grade: GradeView
    level: str
    intervals: str
    practical: str
    """From which difference on one matters, and where that is known from."""
    answers: tuple[Answer, ...]
    troubles: tuple[Trouble, ...]
    ceilings: tuple[str, ...]
    is_ceiling_low: bool
    notes: tuple[str, ...]
    legend: tuple[LegendItem, ...]
    sections: tuple[Section, ...]
    """All that stands between the answer and the builds."""
    builds: tuple[Card, ...]
    machine: Card
    experiment: Card
    failures: tuple[FailureView, ...]
    csv: str
    csv_name: str
    attachments: tuple[str, ...]
    """Names of the files that the page carries."""
    live: LiveView | None
    """Of a page made while the experiment still runs."""


def build_view(
    analysis: Redacted, *, attachments: tuple[Attachment, ...] = (), live: LiveView | None = None
) -> ReportView:
    """Return the page for an analysis."""
    limits = ceiling.ceilings(analysis)
    manifest = analysis.manifest
    return ReportView(
        title=manifest.label or "What the GIL does on this machine",
        subtitle=f"{manifest.machine.label} · {manifest.created[:10]}",
        state=_state(analysis),
        is_partial=not analysis.is_complete,
        grade=grade.grade_view(analysis.grade),
        level=f"{analysis.level * 100:g} %",
        intervals=_intervals(analysis),
        practical=known_noise(analysis),
        answers=_answers(analysis),
        troubles=_troubles(analysis),
        ceilings=tuple(item.sentence for item in limits),
        is_ceiling_low=any(item.state is ceiling.State.LOW for item in limits),
        notes=(*_caveats(analysis), *analysis.notes),
        legend=tuple(LegendItem(label=label, slot=slot) for label, slot in slots(analysis).items()),
        sections=sections.sections(analysis),
        builds=cards.build_cards(analysis),
        machine=cards.machine_card(analysis),
        experiment=cards.experiment_card(analysis),
        failures=tuple(_failure(analysis, failure) for failure in analysis.failures),
        csv=tables.times_csv(analysis),
        csv_name=f"{file_stem(manifest.id, longest=80, otherwise='experiment')}.csv",
        attachments=tuple(one.name for one in attachments),
        live=live,
    )


def _answers(analysis: Analysis) -> tuple[Answer, ...]:
    found = []
    for label in slots(analysis):
        headline = answer.headline(analysis, label)
        what, shown, basis = _big(headline)
        found.append(
            Answer(
                label=label,
                slot=headline.slot,
                what=what,
                number=shown.value,
                interval=shown.full_note,
                basis=basis,
                clauses=headline.clauses(baseline=analysis.manifest.plan.baseline),
                is_unsure=headline.is_unsure,
            ),
        )
    return tuple(found)


def _big(headline: Headline) -> tuple[str, Shown, str]:
    """Return the number shown large, between what it is and what it rests on."""
    if headline.cpu is None and headline.delays:
        shown = formatting.seconds(headline.delays[1].p99)
        return "slowest answers", shown, "p99 beside one computing thread"
    if headline.cpu is None:
        return "", Shown(formatting.ABSENT), ""
    threads = formatting.count(headline.cpu.threads, "thread")
    if headline.cpu_speedup is None:
        time_s = headline.cpu.time_s
        basis = f"n = {formatting.count(time_s.n, 'process')}"
        return f"time with {threads}", formatting.seconds(time_s), basis
    what = f"speed-up with {threads}"
    if headline.low_ceiling:
        return what, Shown(formatting.ABSENT, "withheld"), ""
    basis = f"n = {formatting.count(headline.cpu_speedup.n, 'block')}"
    return what, formatting.factor(headline.cpu_speedup), basis


def _caveats(analysis: Analysis) -> tuple[str, ...]:
    """Return what the builds themselves forbid to conclude."""
    plan = analysis.manifest.plan
    base = next((one.build for one in plan.variants if one.label == plan.baseline), None)
    if base is None or base.implementation != "cpython" or base.has_pgo or not base.has_own_config:
        return ()
    lacks = "PGO" if base.has_lto else "PGO/LTO"
    said = (
        f"The baseline was built without {lacks}: an optimised build is faster, so comparisons "
        "with PyPy and with published numbers do not transfer."
    )
    return (said,)


def _state(analysis: Analysis) -> str:
    planned, done = analysis.manifest.plan.preset.blocks, analysis.blocks_done
    took = f"{formatting.duration(analysis.duration_s)} from first to last process."
    if analysis.stop is Stop.TIME:
        return f"Complete: {formatting.count(done, 'block')} in the time that was given. {took}"
    if analysis.stop is Stop.PRECISION:
        reach = f"±{(analysis.manifest.plan.precision or 0) * 100:g} %"
        return (
            f"Complete: after {formatting.count(done, 'block')} every headline interval was within "
            f"{reach}. {took}"
        )
    if done >= planned:
        blocks = "the one block" if planned == 1 else f"all {planned} blocks"
        return f"Complete: {blocks} measured, {took}"
    if analysis.manifest.plan.has_stopping_rule:
        return (
            f"Partial: {formatting.count(done, 'block')} complete, and no rule had ended it; "
            f"the numbers rest on these alone. {took}"
        )
    if not done:
        return f"Partial: none of {formatting.count(planned, 'block')} is complete. {took}"
    return (
        f"Partial: {done} of {formatting.count(planned, 'block')} complete; the numbers rest on "
        f"these alone and their intervals are wider. {took}"
    )


def _intervals(analysis: Analysis) -> str:
    if analysis.blocks_done < 2:  # noqa: PLR2004 - the least an interval can rest on
        return (
            "One process for each number gives no interval: take every digit with a grain of salt."
        )
    blocks = formatting.count(analysis.blocks_done, "block")
    share = f"{analysis.level * 100:g} %"
    return f"Brackets hold {share} intervals, from {blocks} in which every build took its turn."


def _troubles(analysis: Analysis) -> tuple[Trouble, ...]:
    missing = [
        Trouble(subject=f"{item.label} is unavailable", reason=_brief(item.reason))
        for item in analysis.manifest.unavailable
    ]
    skipped = [
        Trouble(subject=what, reason=_brief(why))
        for what, why in skipped_rows(analysis.manifest.plan)
    ]
    failed = [
        Trouble(
            subject=f"{failure.variant} {failure.benchmark.name} {_verb(failure)}",
            reason=_brief(failure.reason),
        )
        for failure in analysis.failures
    ]
    return (*missing, *skipped, *failed)


def _brief(reason: str) -> str:
    """Return the reason as it can stand at the top of the page; the table has all of it."""
    flat = " ".join(reason.split()) or "no reason given"
    return flat if len(flat) <= _MAX_REASON_LENGTH else f"{flat[:_MAX_REASON_LENGTH]}…"


def _verb(failure: Failure) -> str:
    jobs = failure.failed + failure.succeeded
    auxiliary = "was" if failure.status == Status.SKIPPED else "has"
    return (
        f"{auxiliary} {failure.status} in {failure.failed} of {formatting.count(jobs, 'process')}"
    )


def _failure(analysis: Analysis, failure: Failure) -> FailureView:
    quarantined = "; not tried again" if failure.is_quarantined else ""
    return FailureView(
        cell=f"{failure.variant} {failure.benchmark.name}",
        slot=slots(analysis).get(failure.variant),
        status=str(failure.status),
        counts=f"{failure.failed} failed, {failure.succeeded} succeeded{quarantined}",
        reason=failure.reason[:_MAX_TAIL_LENGTH],
        stderr_tail=failure.stderr_tail[-_MAX_TAIL_LENGTH:].strip(),
    )
