"""Words around the figures: titles, text alternatives and the tables behind them.

Place in the flow: called by ``view``; the same series feed ``figures``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind, Scaling
from harness.report import series, tables, text
from harness.report.break_even import break_even_sentences
from harness.report.parts import FigureView, SplitView
from harness.report.verdict import percent

if TYPE_CHECKING:
    from harness.analysis.results import Analysis, Split
    from harness.model import Machine

__all__ = ["LESSON_NUMBERS", "curves", "has_ceiling", "has_hollow", "lessons", "splits"]

LESSON_NUMBERS = (2_139_079, 1_214_759, 1_516_637, 1_582_285)
"""The four numbers of the lesson; the largest alone bounds what its threads can gain."""

_SPACE = "\u00a0"
_WORDS = ("no", "one", "two", "three")


def curves(analysis: Analysis) -> tuple[FigureView, ...]:
    """Return the speed-up figures, computing before waiting."""
    found = []
    for chart in series.charts(analysis):
        work = "work per thread fixed" if chart.workload.scaling is Scaling.WEAK else "work fixed"
        kind = {Kind.CPU: "computing", Kind.IO: "waiting", Kind.MIXED: "computing and waiting"}
        found.append(
            FigureView(
                name=chart.name,
                title=chart.workload.name,
                subtitle=f"{kind[chart.workload.kind].capitalize()}, {work}",
                description=_curve_description(chart),
                table=tables.speedup_table(chart),
            ),
        )
    return tuple(found)


def has_ceiling(analysis: Analysis) -> bool:
    """Return whether any figure shows a measured ceiling."""
    return any(chart.ceilings for chart in series.charts(analysis))


def has_hollow(analysis: Analysis) -> bool:
    """Return whether any computing curve goes beyond the physical cores."""
    cores = analysis.manifest.machine.physical_cores
    return any(
        point.threads > cores
        for chart in series.charts(analysis)
        if chart.workload.kind is not Kind.IO
        for line in chart.lines
        for point in line.points
    )


def lessons(analysis: Analysis) -> tuple[FigureView, ...]:
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
                ),
            )
    return tuple(found)


def splits(analysis: Analysis) -> tuple[SplitView, ...]:
    """Return the three-way split of each pair of builds."""
    found = []
    for pair in series.pairs(analysis):
        sentences = _split_sentences(analysis, pair)
        found.append(
            SplitView(
                title=f"{pair.gil} to {pair.free_threaded}",
                sentences=sentences,
                differences=pair.differences,
                sides=f"{pair.gil} / {pair.free_threaded}",
                has_three=_has_three(pair),
                has_tax=_has_three(pair) and not pair.differences,
                figure=FigureView(
                    name=pair.name,
                    title=f"Time of {pair.free_threaded} against {pair.gil}",
                    subtitle=(
                        "Left of 1 is faster, right of 1 slower; "
                        f"the band is ±{percent(analysis.threshold)}"
                    ),
                    description=" ".join(sentences),
                    table=tables.split_table(pair),
                ),
            ),
        )
    return tuple(found)


def _has_three(pair: series.Pair) -> bool:
    return any(split.tax is not None for split in pair.splits)


def _curve_description(chart: series.Chart) -> str:
    said = []
    for line in (*chart.lines, *chart.ceilings):
        last = line.points[-1]
        where = " in processes" if line in chart.ceilings else ""
        said.append(f"{line.label}{where}: {text.factor(last.speedup).text} at {last.threads}")
    counts = sorted({point.threads for line in chart.lines for point in line.points})
    return (
        f"Speed-up of {chart.workload.name} from {counts[0]} to {counts[-1]} threads. "
        f"{'; '.join(said)}."
    )


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


def _split_sentences(analysis: Analysis, pair: series.Pair) -> tuple[str, ...]:
    """Return the split of the first workload with one thread and with as many as fit."""
    name = pair.splits[0].workload
    first = [split for split in pair.splits if split.workload == name]
    is_io = any(one.kind is Kind.IO for one in analysis.manifest.plan.workloads if one.name == name)
    machine = analysis.manifest.machine
    several = [one for one in first if one.threads > 1]
    within = [one for one in several if is_io or one.threads <= machine.physical_cores]
    most = (within or first)[-1]
    crowded = "" if is_io else _crowded(most, machine)
    said = [_split_sentence(first[0], pair, "")] if most is not first[0] else []
    said.append(_split_sentence(most, pair, crowded))
    said += break_even_sentences(analysis, pair)
    return tuple(said)


def _crowded(split: Split, machine: Machine) -> str:
    if split.threads > machine.usable_cpus:
        return ", more threads than CPUs"
    return ", more threads than cores" if split.threads > machine.physical_cores else ""


def _split_sentence(split: Split, pair: series.Pair, crowded: str) -> str:
    name = "difference between builds" if pair.differences else "tax"
    parts = [
        (f"{name}{_SPACE}{text.change(split.tax).text}", split.tax),
        (f"GIL removal{_SPACE}{text.change(split.removal).text}", split.removal),
        (f"net{_SPACE}{text.change(split.net).text}", split.net),
    ]
    said = text.listed(tuple(words for words, estimate in parts if estimate is not None))
    run = series.run_of(split)
    where = split.workload + (" run one after another" if run == "sequential" else f" with {run}")
    return text.said_once(f"Time of {where}{crowded}: {said or 'no pair of processes succeeded'}.")
