"""The lesson, replayed: the same work one after another and with threads, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.elements import Column, FigureView, Row, Section, Table
from harness.report.numbers import series
from harness.report.sections.lesson.numbers import charts
from harness.report.sections.lesson.words import LESSON, story
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Workload
    from harness.report.numbers.series import Contrast
    from harness.report.sections.lesson.numbers import ContrastChart
    from harness.report.sections.lesson.words import LessonStory

__all__ = ["section"]

_SPACE = "\u00a0"
_WORDS = ("no", "one", "two", "three")
_BARS = "The outlined bar is one after another, the filled one is with threads."


def section(analysis: Analysis) -> Section:
    """Return the lesson's story with the numbers of this machine in its places."""
    figures = tuple(_figure(analysis, chart) for chart in charts(analysis))
    told = story(analysis)
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


def _figure(analysis: Analysis, chart: ContrastChart) -> FigureView:
    times = "; ".join(
        f"{item.label}: {formatting.seconds(item.serial.time_s).value} one after another, "
        f"{formatting.seconds(item.threaded.time_s).value} with "
        f"{formatting.count(item.threaded.threads, 'thread')}, "
        f"{formatting.factor(item.speedup).text}"
        for item in chart.contrasts
    )
    return FigureView(
        name=chart.name,
        title=chart.workload.name,
        subtitle=_bound(chart.workload, analysis.manifest.machine.physical_cores),
        description=f"Bars of the time per loop. {times}.",
        table=_table(chart.contrasts, chart.workload.name),
        csv=_csv(chart.contrasts),
    )


def _bound(workload: Workload, cores: int) -> str:
    bound = workload.max_speedup
    if bound is None or LESSON not in workload.tags:
        return "The same work one after another and with threads"
    if cores < bound:
        number = _WORDS[cores] if cores < len(_WORDS) else cores
        what = f"{number} {'core bounds' if cores == 1 else 'cores bound'}"
        return (
            f"Four numbers, four threads: even without a lock, {what} the gain at{_SPACE}{cores}×"
        )
    return (
        f"Four numbers, four threads: even without a lock, "
        f"the largest number bounds the gain at{_SPACE}{bound:.2f}×"
    )


def _table(contrasts: tuple[Contrast, ...], workload: str) -> Table:
    """Return sequential and threaded times side by side, one row per variant."""
    counts = tuple(str(count) for count in sorted({item.threaded.threads for item in contrasts}))
    columns = (
        Column(title="Variant", is_number=False),
        Column(title="One after another"),
        Column(title=f"With {formatting.listed(counts)} threads"),
        Column(title="Speed-up"),
    )
    rows = tuple(
        Row(
            head=item.label,
            slot=item.slot,
            cells=(
                formatting.seconds(item.serial.time_s),
                formatting.seconds(item.threaded.time_s),
                formatting.factor(item.speedup),
            ),
        )
        for item in contrasts
    )
    note = "The speed-up comes from pairs within blocks, not from the quotient of the two times."
    if any(item.speedup.method == series.QUOTIENT for item in contrasts):
        note = "Where no block has both runs, the speed-up is the quotient of the two times."
    caption = f"{workload}, sequential and threaded"
    return Table(caption=caption, columns=columns, rows=rows, note=note)


def _csv(contrasts: tuple[Contrast, ...]) -> str:
    """Return a row for each variant: one after another, with threads, and the speed-up."""
    header = (
        "variant",
        "threads",
        *csv_text.bounds("serial_s"),
        *csv_text.bounds("threaded_s"),
        *csv_text.bounds("gain"),
    )
    rows = [
        (
            *(item.label, item.threaded.threads),
            *csv_text.trio(item.serial.time_s),
            *csv_text.trio(item.threaded.time_s),
            *csv_text.trio(item.speedup),
        )
        for item in contrasts
    ]
    return csv_text.csv_text(header, rows)
