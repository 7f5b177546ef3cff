"""The lesson, replayed: the same work one after another and with threads, on this machine.

Place in the flow: series → **lesson** → ``sections``; ``bars`` draws the same contrasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import figure_csv, series, tables, text
from harness.report.parts import FigureView, Section

if TYPE_CHECKING:
    from harness.analysis.results import Analysis

__all__ = ["LESSON_NUMBERS", "section"]

LESSON_NUMBERS = (2_139_079, 1_214_759, 1_516_637, 1_582_285)
"""The four numbers of the lesson; the largest alone bounds what its threads can gain."""

_SPACE = "\u00a0"
_WORDS = ("no", "one", "two", "three")
_THEN = (
    "A lesson factorized four numbers one after another, then with one thread each. It took "
    f"0.699{_SPACE}s, then 0.854{_SPACE}s: threads were no faster, because only one thread at a "
    "time makes progress under the global interpreter lock. The rest of the difference is "
    "switching and the noise of one run each."
)
_NOW = (
    "Here is the same work on this machine, for each interpreter. The outlined bar is one after "
    "another, the filled one is with threads."
)


def section(analysis: Analysis) -> Section:
    """Return the lesson's story with the numbers of this machine beside it."""
    figures = _figures(analysis)
    return Section(
        anchor="lesson",
        title="The lesson, replayed",
        sentences=(_THEN, _NOW) if figures else (),
        figures=figures,
        tables=tuple(figure.table for figure in figures),
        absent="" if figures else "Replay it: `nox -s bench -- --workload lesson`",
        is_beside=True,
    )


def _figures(analysis: Analysis) -> tuple[FigureView, ...]:
    """Return sequential against threaded for each workload that was run both ways."""
    found = []
    for index, workload in enumerate(series.shown_workloads(analysis)):
        contrasts = series.contrasts(analysis, workload.name)
        if contrasts:
            said = "; ".join(
                f"{item.label}: {text.seconds(item.serial.time_s).value} one after another, "
                f"{text.seconds(item.threaded.time_s).value} with "
                f"{text.count(item.threaded.threads, 'thread')}, {text.factor(item.speedup).text}"
                for item in contrasts
            )
            found.append(
                FigureView(
                    name=f"contrast-{index}",
                    title=workload.name,
                    subtitle=_bound(workload.name, analysis.manifest.machine.physical_cores),
                    description=f"Bars of the time per loop. {said}.",
                    table=tables.contrast_table(contrasts, workload.name),
                    csv=figure_csv.contrasts(contrasts),
                ),
            )
    return tuple(found)


def _bound(workload: str, cores: int) -> str:
    if workload != "lesson":
        return "The same work one after another and with threads"
    bound = sum(LESSON_NUMBERS) / max(LESSON_NUMBERS)
    if cores < bound:
        what = f"{_WORDS[cores]} {'core bounds' if cores == 1 else 'cores bound'}"
        return (
            f"Four numbers, four threads: even without a lock, {what} the gain at{_SPACE}{cores}×"
        )
    return (
        f"Four numbers, four threads: even without a lock, "
        f"the largest number bounds the gain at{_SPACE}{bound:.2f}×"
    )
