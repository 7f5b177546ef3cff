"""The lesson, replayed: the same work one after another and with threads, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.elements import Column, FigureView, Row, Section, Table
from harness.report.numbers import series
from harness.report.sections.lesson import fixed_words, words
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Workload
    from harness.report.numbers.series import Contrast
    from harness.report.sections.lesson.words import ContrastChart

__all__ = ["section"]

_SPACE = "\u00a0"
_WORDS = ("no", "one", "two", "three")
_BARS = "The outlined bar is one after another, the filled one is with threads."


def section(analysis: Analysis) -> Section:
    """Return the lesson's story with the numbers of this machine in its places."""
    figures = tuple(_figure(analysis, chart) for chart in words.charts(analysis))
    replays = words.replays(analysis)
    findings = (*(replay.sentence for replay in replays), words.conclusion(replays))
    gil = Section(
        anchor="gil",
        title="What the GIL is",
        sentences=(" ".join(fixed_words.GIL),),
        links=fixed_words.LINKS,
    )
    story = (*fixed_words.THEN, *((fixed_words.NOW,) if replays else ()))
    return Section(
        anchor="lesson",
        title="The lesson, replayed",
        sentences=(*story, _BARS) if figures else story,
        points=tuple(filter(None, findings)),
        snippets=fixed_words.TWO_WAYS,
        figures=figures,
        tables=tuple(figure.table for figure in figures),
        parts=(_waiting(analysis), gil),
        absent="" if replays else "Replay it here: `nox -s bench -- --workload lesson`.",
        is_story=True,
        is_beside=True,
    )


def _waiting(analysis: Analysis) -> Section:
    points = words.waiting(analysis)
    how = "Measure it here: `nox -s bench -- --workload blocking_io --threads 1,4`."
    return Section(
        anchor="waiting",
        title="What threads are for",
        sentences=(fixed_words.WAITING,),
        points=points,
        snippets=(fixed_words.WAIT,),
        absent="" if points else how,
        is_story=True,
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
    if bound is None or words.LESSON not in workload.tags:
        return "The same work one after another and with threads"
    lead = "Four numbers, four threads: even without a lock,"
    if cores < bound:
        number = _WORDS[cores] if cores < len(_WORDS) else cores
        verb = "core bounds" if cores == 1 else "cores bound"
        return f"{lead} {number} {verb} the gain at{_SPACE}{cores}×"
    return f"{lead} the largest number bounds the gain at{_SPACE}{bound:.2f}×"


def _table(contrasts: tuple[Contrast, ...], workload: str) -> Table:
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
    names = ("serial_s", "threaded_s", "gain")
    header = ("variant", "threads", *(title for name in names for title in csv_text.bounds(name)))
    rows = []
    for item in contrasts:
        estimates = (item.serial.time_s, item.threaded.time_s, item.speedup)
        numbers = (number for each in estimates for number in csv_text.trio(each))
        rows.append((item.label, item.threaded.threads, *numbers))
    return csv_text.csv_text(header, rows)
