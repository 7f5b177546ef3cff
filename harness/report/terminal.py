"""The answer for the terminal: one plain line per variant.

Place in the flow: called by ``cli`` when a run ends; needs no figure and no template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import answer, text
from harness.report.scrub import published

if TYPE_CHECKING:
    from harness.analysis.results import Analysis

__all__ = ["summary_lines"]

_LONGEST_LABEL = 24


def summary_lines(analysis: Analysis) -> tuple[str, ...]:
    """Return the answer, then what is missing, then what the machine allows: plain text."""
    shown = published(analysis)
    plan = shown.manifest.plan
    labels = [variant.label for variant in plan.variants]
    width = min(_LONGEST_LABEL, max((len(label) for label in labels), default=0))
    lines = [f"{label:<{width}}  {_line(shown, label)}" for label in labels]
    lines += [
        f"{item.label:<{width}}  unavailable: {item.reason}" for item in shown.manifest.unavailable
    ]
    if shown.blocks_done < plan.preset.blocks:
        done = text.count(plan.preset.blocks, "block")
        lines.append(f"Partial: {shown.blocks_done} of {done} complete.")
    if shown.failures:
        lines.append(
            f"{text.count(len(shown.failures), 'cell')} with failures; the report says why."
        )
    if answer.is_ceiling_low(shown):
        lines += [said for said in answer.ceiling_verdicts(shown) if "withheld" in said]
    return tuple(_plain(line) for line in lines)


def _line(analysis: Analysis, label: str) -> str:
    found = answer.headline(analysis, label)
    clauses = []
    if found.cpu is not None and found.cpu_speedup is not None:
        number = text.factor(found.cpu_speedup).text
        unchanged = ", no measurable change" if text.is_unchanged(found.cpu_speedup) else ""
        threads = text.count(found.cpu.threads, "thread")
        clauses.append(f"{found.cpu.benchmark.workload}: {number} at {threads}{unchanged}")
    elif found.cpu is not None:
        name, threads = found.cpu.benchmark.workload, text.count(found.cpu.threads, "thread")
        clauses.append(f"{name}: {text.seconds(found.cpu.time_s).text} at {threads}")
    baseline = analysis.manifest.plan.baseline
    if found.one_thread and found.one_thread.ratio and label != baseline:
        number = text.factor(found.one_thread.ratio).text
        clauses.append(f"one thread takes {number} the time of {baseline}")
    if found.waiting and found.waiting.speedup:
        name, count = found.waiting.benchmark.workload, found.waiting.threads
        number = text.factor(found.waiting.speedup).text
        clauses.append(f"{name}: {number} at {text.count(count, 'thread')}")
    return text.said_once("; ".join(clauses)) or found.absence


def _plain(line: str) -> str:
    """Return one line with ordinary spaces and hyphens, which every terminal can show."""
    flat = line.replace("\u00a0", " ").replace("\u2212", "-")
    return flat.replace("\n", " ").rstrip()
