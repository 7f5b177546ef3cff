"""Every process of the cells that the answers rest on: the words around the dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.elements import Column, FigureView, Row, Section, Shown, Table
from harness.report.numbers import series
from harness.report.numbers.thread_choice import with_n
from harness.report.sections.distributions.numbers import panels, reach, shown
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.results.experiment import Analysis
    from harness.model import Benchmark
    from harness.report.sections.distributions.numbers import Panel, Strip

    _StripRow = tuple[str, Benchmark, Strip]

__all__ = ["FIGURE", "section"]

FIGURE = "distributions"
_HOW = (
    "Each dot is one process, the median of its values, against the typical time of its cell. The "
    "short stroke is the median of the processes, the bar the interval of the typical time. "
    "Nothing is smoothed and nothing left out: a process beyond the axis stands at its edge as a "
    "triangle."
)
_ABSENT = (
    "No process has ended well yet, so there is nothing to distribute: `nox -s bench -- --resume` "
    "goes on where a run stopped."
)
_COLUMNS = (
    Column(title="Workload", is_number=False),
    Column(title="Run", hint="How often the work runs at once", is_number=False),
    Column(title="Variant", is_number=False),
    Column(title="Typical time", hint="With its interval and the number of processes"),
    Column(title="Median", hint="Of the processes, against the typical time"),
    Column(title="Quickest", hint="Process, against the typical time"),
    Column(title="Slowest", hint="Process, against the typical time"),
)


def section(analysis: Analysis) -> Section:
    """Return the section; it says how to get it where no process ended well."""
    all_panels = panels(analysis)
    return Section(
        anchor="distributions",
        title="Every process",
        sentences=(_HOW, *_left_out(all_panels)) if all_panels else (),
        figures=(_figure(all_panels),) if all_panels else (),
        absent="" if all_panels else _ABSENT,
    )


def _left_out(all_panels: tuple[Panel, ...]) -> tuple[str, ...]:
    drawn = shown(all_panels)
    if len(drawn) == len(all_panels):
        return ()
    part = f"{len(drawn)} of {formatting.count(len(all_panels), 'workload')}"
    return (f"The figure shows {part}, those whose processes differ most; the table has all.",)


def _figure(all_panels: tuple[Panel, ...]) -> FigureView:
    edge = (reach(shown(all_panels)) - 1) * 100
    rows = list(_strips(all_panels))
    return FigureView(
        name=FIGURE,
        title="Processes against the typical time of their cell",
        subtitle=(
            "With one thread on the left, with several on the right; one scale for all, to "
            f"±{edge:.2g} %"
        ),
        description=_description(rows),
        table=_table(rows),
        csv=_csv(rows),
    )


def _description(rows: list[_StripRow]) -> str:
    processes = sum(len(strip.ratios) for *_, strip in rows)
    workload, benchmark, widest = max(rows, key=lambda row: row[2].spread)
    cells = formatting.count(len(rows), "cell")
    return (
        f"Dots of {processes} processes in {cells}. They differ most in {widest.label} {workload}, "
        f"{series.how(benchmark)}: from {_percent(min(widest.ratios))} to "
        f"{_percent(max(widest.ratios))} of the typical {formatting.seconds(widest.typical).text}, "
        f"{len(widest.ratios)} processes."
    )


def _strips(all_panels: tuple[Panel, ...]) -> Iterator[_StripRow]:
    for panel in all_panels:
        for benchmark, strips in panel.columns:
            for strip in strips:
                yield panel.workload, benchmark, strip


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.1f}\u00a0%".replace("-", "\u2212")


def _table(rows: list[_StripRow]) -> Table:
    made: list[Row] = []
    previous = None
    for workload, benchmark, strip in rows:
        ratios = (strip.median, min(strip.ratios), max(strip.ratios))
        cells = (
            Shown(series.how(benchmark)),
            Shown(strip.label),
            with_n(formatting.seconds(strip.typical), strip.typical),
            *(Shown(_percent(ratio)) for ratio in ratios),
        )
        starts, previous = benchmark != previous, benchmark
        made.append(Row(head=workload, slot=None, cells=cells, starts_group=starts))
    return Table(caption="Processes of each cell", columns=_COLUMNS, rows=tuple(made))


def _csv(rows: list[_StripRow]) -> str:
    most = max(len(strip.ratios) for *_, strip in rows)
    header = ("workload", "mode", "threads", "variant", "time_s", "low", "high", "level", "n")
    lines = [
        (
            *(workload, str(benchmark.mode), benchmark.threads, strip.label),
            *(*csv_text.trio(strip.typical), strip.typical.level, strip.typical.n),
            *(ratio * strip.typical.point for ratio in strip.ratios),
        )
        for workload, benchmark, strip in rows
    ]
    processes = (f"process_{number}_s" for number in range(1, most + 1))
    return csv_text.csv_text((*header, *processes), lines)
