"""The answer for the terminal: one plain line per variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Decision
from harness.report import answer
from harness.report.numbers import ceiling
from harness.report.sections.aa.words import aa_sentences
from harness.report.words import formatting, grade
from harness.report.words.remarks import gil_back_lines, remark_sentences
from harness.report.words.scaling import remedy
from harness.report.words.skipped import skipped_rows
from harness.report.words.verdicts import UNRESOLVED, unchanged
from harness.wording import by_reason, plain_line

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, ScalingVerdict, Verdict
    from harness.report.answer import Headline
    from harness.report.redaction import Redacted
    from harness.report.words.formatting import Clause

__all__ = ["summary_lines"]

_MAX_LABEL_LENGTH = 24
_MAX_LINE_LENGTH = 1_000


def summary_lines(analysis: Redacted) -> tuple[str, ...]:
    """Return the answer, then what is missing, then what the machine allows: plain text."""
    plan = analysis.manifest.plan
    labels = [variant.label for variant in plan.variants]
    width = min(_MAX_LABEL_LENGTH, max((len(label) for label in labels), default=0))
    lines = [f"{label:<{width}}  {_line(analysis, label)}" for label in labels]
    lines += [
        f"{labels:<{width}}  unavailable: {reason}"
        for labels, reason in by_reason(
            (item.label, item.reason) for item in analysis.manifest.unavailable
        )
    ]
    lines += [f"{what}: {why}" for what, why in skipped_rows(plan)]
    if not analysis.is_complete:
        most = "at most " if plan.has_stopping_rule else ""
        planned = formatting.count(plan.preset.blocks, "block")
        lines.append(f"Partial: {analysis.blocks_done} of {most}{planned} complete.")
    if analysis.failures:
        lines.append(
            f"{formatting.count(len(analysis.failures), 'cell')} with failures; "
            "the report says why."
        )
    lines += [*gil_back_lines(analysis), *remark_sentences(analysis)]
    lines.append(grade.grade_line(analysis.grade))
    lines += [
        item.sentence for item in ceiling.ceilings(analysis) if item.state is not ceiling.State.GOOD
    ]
    lines += aa_sentences(analysis)
    return tuple(plain_line(_bounded(line)) for line in lines)


def _line(analysis: Analysis, label: str) -> str:
    headline = answer.headline(analysis, label)
    baseline = analysis.manifest.plan.baseline
    clauses = [_scaling(headline)]
    single, wait = headline.one_thread, headline.waiting
    if single and single.ratio and label != baseline:
        ratio, ending = formatting.factor(single.ratio), _judged(single.verdict)
        time = f" the time of {baseline}{ending}{headline.caveat}"
        clauses.append(("one thread takes ", ratio, time))
    if wait and wait.speedup:
        clauses.append(_gain(wait, wait.speedup, wait.speedup_verdict, wait.scaling))
    clauses.append(headline.latency)
    return "; ".join(formatting.clause_texts([*filter(None, clauses)] or headline.absence))


def _scaling(headline: Headline) -> Clause:
    if (cell := headline.cpu) is None:
        return ()
    if headline.cpu_speedup and headline.low_ceiling:
        return (f"scaling {headline.low_ceiling.reason}",)
    return _gain(cell, headline.cpu_speedup, headline.cpu_verdict, headline.cpu_scaling)


def _gain(
    cell: CellResult,
    speedup: Estimate | None,
    verdict: Verdict | None,
    scaling: ScalingVerdict | None,
) -> Clause:
    """Return the speed-up of a cell and whether it scales, or its time where it has none."""
    shown = formatting.factor(speedup) if speedup else formatting.seconds(cell.time_s)
    threads = formatting.count(cell.threads, "thread")
    if scaling is not None:
        subject = f"{cell.benchmark.workload}: {scaling.word}: "
        return subject, shown, f" at {threads}{remedy(scaling)}"
    return f"{cell.benchmark.workload}: ", shown, f" at {threads}{_judged(verdict)}"


def _judged(verdict: Verdict | None) -> str:
    """Return what follows the number where it is no change."""
    if verdict is None or verdict.decision in (Decision.FASTER, Decision.SLOWER):
        return ""
    return f", {unchanged(verdict) if verdict.decision is Decision.EQUIVALENT else UNRESOLVED}"


def _bounded(line: str) -> str:
    return line if len(line) <= _MAX_LINE_LENGTH else f"{line[:_MAX_LINE_LENGTH]}…"
