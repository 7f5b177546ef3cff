"""The lesson, replayed: the same work one after another and with threads, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.elements import FigureView, Section
from harness.report.numbers import figure_csv, series, tables
from harness.report.sections.lesson.words import story
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.report.sections.lesson.words import LessonStory

__all__ = ["LESSON_NUMBERS", "section"]

LESSON_NUMBERS = (2_139_079, 1_214_759, 1_516_637, 1_582_285)
"""The four numbers of the lesson; the largest alone bounds what its threads can gain."""

_SPACE = "\u00a0"
_WORDS = ("no", "one", "two", "three")
_BARS = "The outlined bar is one after another, the filled one is with threads."


def section(analysis: Analysis) -> Section:
    """Return the lesson's story with the numbers of this machine in its places."""
    figures, told = _figures(analysis), story(analysis)
    return Section(
        anchor="lesson",
        title="The lesson, replayed",
        sentences=(*told.paragraphs, _BARS) if figures else told.paragraphs,
        points=tuple(filter(None, (*(one.sentence for one in told.replays), told.conclusion))),
        snippets=told.snippets,
        figures=figures,
        tables=tuple(figure.table for figure in figures),
        parts=(_waiting(told), _gil(told)),
        absent=told.absent,
        is_story=True,
        is_beside=True,
    )


def _waiting(told: LessonStory) -> Section:
    return Section(
        anchor="waiting",
        title=told.waiting_title,
        sentences=told.waiting_paragraphs,
        points=told.waiting,
        snippets=(told.waiting_snippet,),
        absent=told.waiting_absent,
        is_story=True,
    )


def _gil(told: LessonStory) -> Section:
    return Section(
        anchor="gil", title=told.gil_title, sentences=(" ".join(told.gil),), links=told.links
    )


def _figures(analysis: Analysis) -> tuple[FigureView, ...]:
    """Return sequential against threaded for each workload that was run both ways."""
    found = []
    for index, workload in enumerate(series.shown_workloads(analysis)):
        contrasts = series.contrasts(analysis, workload.name)
        if contrasts:
            said = "; ".join(
                f"{item.label}: {formatting.seconds(item.serial.time_s).value} one after another, "
                f"{formatting.seconds(item.threaded.time_s).value} with "
                f"{formatting.count(item.threaded.threads, 'thread')}, "
                f"{formatting.factor(item.speedup).text}"
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
