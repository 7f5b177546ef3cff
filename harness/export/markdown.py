"""A summary for a pull request, in GitHub's Markdown, with all texts of an experiment escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.report import answer
from harness.report.numbers import ceiling, series
from harness.report.numbers.thread_choice import n_said
from harness.report.words import formatting, grade
from harness.report.words.skipped import skipped_rows
from harness.report.words.titles import experiment_title
from harness.report.words.verdicts import UNRESOLVED, percent, unchanged
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.results.experiment import CellResult
    from harness.model import Verdict, Workload
    from harness.report.redaction import Redacted

__all__ = ["code", "escaped", "summary"]

_MAX_LENGTH = 60_000
"""GitHub accepts 65,536 characters in a comment."""
_MAX_TROUBLES = 20
_MAX_REASON_LENGTH = 300
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
_ADDRESS = re.compile(r"(?i)(:(?=//)|\bwww(?=\.)|@|#|\bGH-)")
_ZERO_WIDTH = "\u200b"


def summary(analysis: Redacted) -> str:
    """Return the answer, the grade and a table for each workload, at most 60,000 characters."""
    tables = list(_tables(analysis))
    parts = [*_head(analysis)]
    length = sum(len(part) for part in parts)
    for number, table in enumerate(tables):
        if length + len(table) > _MAX_LENGTH:
            left = formatting.count(len(tables) - number, "workload")
            parts.append(f"The tables of {left} more are left out here: see the page.\n")
            break
        if number == 1:
            parts.append("<details><summary>The other workloads</summary>\n")
        parts.append(table)
        length += len(table)
    if len(tables) > 1:
        parts.append("</details>\n")
    manifest = analysis.manifest
    parts.append(
        f"Experiment {code(manifest.id)} on {escaped(manifest.machine.label)}, "
        f"made with Gilscope {__version__}. Intervals: {analysis.level * 100:g}\u00a0%, each "
        f"alone; verdicts: after Holm's correction. Less than {percent(analysis.threshold)} "
        "does not matter.\n"
    )
    return "\n".join(parts)


def escaped(words: str) -> str:
    """Return ``words`` for GitHub to show literally, on one line: no link, mention, image, HTML."""
    flat = " ".join(words.split())
    # GitHub links mentions and addresses after Markdown, even escaped ones.
    broken = _ADDRESS.sub(lambda match: f"{match.group()}{_ZERO_WIDTH}", flat)
    return _SPECIAL.sub(r"\\\1", broken)


def code(words: str) -> str:
    """Return any name as code that also works inside a table."""
    flat = " ".join(words.split()).replace("|", "\\|") or "-"
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {flat} {fence}" if longest else f"{fence}{flat}{fence}"


def _head(analysis: Redacted) -> Iterator[str]:
    manifest = analysis.manifest
    title = experiment_title(
        manifest.label,
        workloads=(workload.name for workload in manifest.plan.workloads),
        variants=(variant.label for variant in manifest.plan.variants),
    )
    yield f"### {_short(title)}\n"
    baseline = manifest.plan.baseline
    lines = []
    for label in list(series.slots(analysis))[:_MAX_TROUBLES]:
        sentence = answer.headline(analysis, label).sentence(baseline=baseline)
        lines.append(f"- **{code(label)}**: {escaped(sentence)}")
    yield "\n".join([*lines, ""])
    yield f"{escaped(grade.grade_line(analysis.grade))}\n"
    for item in ceiling.ceilings(analysis):
        if item.state is not ceiling.State.GOOD:
            yield f"{escaped(item.sentence)}\n"
    troubles = list(_troubles(analysis))
    if troubles:
        rest = len(troubles) - _MAX_TROUBLES
        more = [f"- and {rest} more"] if rest > 0 else []
        yield "\n".join(["Missing:", "", *troubles[:_MAX_TROUBLES], *more, ""])


def _troubles(analysis: Redacted) -> Iterator[str]:
    if not analysis.is_complete:
        planned = formatting.count(analysis.manifest.plan.preset.blocks, "block")
        yield f"- partial: {analysis.blocks_done} of {planned} complete"
    for row in analysis.manifest.unavailable:
        yield f"- {code(row.label)} is unavailable: {_short(row.reason)}"
    for failure in analysis.failures:
        name = f"{failure.variant} {failure.benchmark.name}"
        yield f"- {code(name)} {failure.status}: {_short(failure.reason)}"
    for what, why in skipped_rows(analysis.manifest.plan):
        yield f"- {escaped(what)}: {_short(why)}"


def _short(reason: str) -> str:
    return escaped(
        reason if len(reason) <= _MAX_REASON_LENGTH else f"{reason[:_MAX_REASON_LENGTH]}…"
    )


def _tables(analysis: Redacted) -> Iterator[str]:
    for workload in series.shown_workloads(analysis):
        cells = _cells(analysis, workload)
        if not cells or workload.is_paced:
            continue
        how = series.how(next(iter(cells.values())).benchmark)
        rows = [
            f"#### {code(workload.name)}, {how}",
            "",
            "| Variant | Time per loop | Speed-up | Time ÷ baseline's | Verdict |",
            "|---|--:|--:|--:|---|",
        ]
        for label, cell in cells.items():
            shown = (
                formatting.seconds(cell.time_s).text,
                formatting.factor(cell.speedup).text,
                formatting.factor(cell.ratio).text,
                _judged(analysis, cell, cell.verdict),
            )
            rows.append(f"| {code(label)} | {' | '.join(map(escaped, shown))} |")
        sentence = n_said(cell.time_s for cell in cells.values())
        yield "\n".join([*rows, *(["", f"{sentence}."] if sentence else []), ""])


def _cells(analysis: Redacted, workload: Workload) -> dict[str, CellResult]:
    """Return one cell of each variant: with one thread per core, if measured."""
    mine = [
        cell
        for cell in analysis.cells
        if cell.benchmark.workload == workload.name
        and cell.mode.facts.noun
        and not cell.mode.facts.has_own_gil
    ]
    counts = sorted({cell.threads for cell in mine})
    within = [count for count in counts if count <= analysis.manifest.machine.physical_cores]
    if not counts:
        return {}
    threads = within[-1] if within else counts[0]
    order = series.slots(analysis)
    chosen = [cell for cell in mine if cell.threads == threads]
    mode = chosen[0].mode
    ranked = sorted(chosen, key=lambda cell: order[cell.variant])
    return {cell.variant: cell for cell in ranked if cell.mode is mode}


def _judged(analysis: Redacted, cell: CellResult, verdict: Verdict | None) -> str:
    if cell.variant == analysis.manifest.plan.baseline:
        return "baseline"
    if verdict is None:
        return formatting.ABSENT
    words = {"equivalent": unchanged(verdict), "unresolved": UNRESOLVED}
    return words.get(str(verdict.decision), str(verdict.decision))
