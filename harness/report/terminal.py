"""The answer for the terminal: one plain line per variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Decision
from harness.report import answer
from harness.report.numbers import ceiling
from harness.report.sections.aa.words import aa_sentences
from harness.report.words import formatting, grade
from harness.report.words.skipped import skipped_rows
from harness.report.words.verdicts import UNRESOLVED, unchanged
from harness.wording import plain_line

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Verdict
    from harness.report.answer import Headline
    from harness.report.redaction import Redacted

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
        f"{item.label:<{width}}  unavailable: {item.reason}"
        for item in analysis.manifest.unavailable
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
    lines.append(grade.grade_line(analysis.grade))
    lines += [
        item.sentence for item in ceiling.ceilings(analysis) if item.state is not ceiling.State.GOOD
    ]
    lines += aa_sentences(analysis)
    return tuple(plain_line(_bounded(line)) for line in lines)


def _line(analysis: Analysis, label: str) -> str:
    found = answer.headline(analysis, label)
    baseline = analysis.manifest.plan.baseline
    clauses = [_scaling(found)]
    if found.one_thread and found.one_thread.ratio and label != baseline:
        ratio = found.one_thread.ratio
        number = formatting.factor(ratio).text
        clauses.append(
            f"one thread takes {number} the time of {baseline}{_judged(found.one_thread.verdict)}"
            f"{found.caveat}"
        )
    if found.waiting and found.waiting.speedup:
        name, threads = found.waiting.benchmark.workload, found.waiting.threads
        number = formatting.factor(found.waiting.speedup).text
        said = _judged(found.waiting.speedup_verdict)
        clauses.append(f"{name}: {number} at {formatting.count(threads, 'thread')}{said}")
    clauses.append(found.latency)
    said = "; ".join(clause for clause in clauses if clause)
    return formatting.said_once(said) or "; ".join(found.absence)


def _scaling(found: Headline) -> str:
    if found.cpu is None:
        return ""
    name, threads = found.cpu.benchmark.workload, formatting.count(found.cpu.threads, "thread")
    if found.cpu_speedup is None:
        return f"{name}: {formatting.seconds(found.cpu.time_s).text} at {threads}"
    if found.low_ceiling:
        return f"scaling {found.low_ceiling.reason}"
    number = formatting.factor(found.cpu_speedup).text
    return f"{name}: {number} at {threads}{_judged(found.cpu_verdict)}"


def _judged(verdict: Verdict | None) -> str:
    """Return what follows the number where it is no change."""
    if verdict is None or verdict.decision in (Decision.FASTER, Decision.SLOWER):
        return ""
    return f", {unchanged(verdict) if verdict.decision is Decision.EQUIVALENT else UNRESOLVED}"


def _bounded(line: str) -> str:
    return line if len(line) <= _MAX_LINE_LENGTH else f"{line[:_MAX_LINE_LENGTH]}…"
