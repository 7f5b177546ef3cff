"""How each variant warms up: its shape, the cold first value, and what was left out for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.planning.warmup import Shape
from harness.report.elements import Column, FigureView, Section, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, WarmupResult
    from harness.model import Benchmark

__all__ = ["FIGURE", "has_curves", "ordered", "panel", "section"]

FIGURE = "warmup"
_ABSENT = "No pilot was watched from its first call on; every new experiment has one."
_COLUMNS = (
    table_rows.VARIANT,
    Column(title="Workload", is_number=False),
    table_rows.RUN,
    Column(title="Course", hint="Of the pilot, by its change points", is_number=False),
    Column(title="First ÷ steady", hint="First value of a process ÷ its timed ones, mean"),
    Column(title="Found", hint="Time at work before the steady level, in the pilot"),
    Column(title="Left out", hint="Warm-up values of every process, and how long they last"),
)
_MEANINGS = {
    Shape.SLOWDOWN: (
        "ends slower than it began, and no second process did better: the numbers are of the "
        "later, slower state."
    ),
    Shape.UNSTEADY: (
        "was still changing in the last quarter of the pilot, and no second process did better: "
        "its times may depend on how long a process runs."
    ),
    Shape.INCONSISTENT: (
        "begins slower in some processes and faster in others: warm or cold is not all that "
        "its times depend on."
    ),
}


def section(analysis: Analysis) -> Section:
    """Return how long each variant warmed up; a line where no pilot shows it."""
    if not analysis.warmup:
        return Section(anchor="warmup", title="Warm-up", absent=_ABSENT)
    explained = (
        "Before the first block one process of each variant, workload and mode was watched from "
        "its first call on. Change points in the times cut its course into levels; levels within "
        "10 % of each other count as one. All warm-ups were fixed then: as long as was found, and "
        "at least a value, 0.1 s, or a second for what compiles while it runs. A long or odd "
        "course counts only when a second process shows it too."
    )
    return Section(
        anchor="warmup",
        title="Warm-up",
        sentences=(explained,),
        warnings=_warnings(analysis),
        figures=(_figure(analysis),) if has_curves(analysis) else (),
        tables=(_table(analysis),),
    )


def ordered(analysis: Analysis) -> list[WarmupResult]:
    """Return the results in the order of the page."""
    return series.in_page_order(analysis, analysis.warmup)


def has_curves(analysis: Analysis) -> bool:
    """Return whether there is anything to draw."""
    return any(one.curve for one in analysis.warmup)


def panel(benchmark: Benchmark) -> str:
    """Return what the variants of one panel have in common, such as ``lesson, 4 threads``."""
    return f"{benchmark.workload}, {series.how(benchmark)}"


def _table(analysis: Analysis) -> Table:
    rows = table_rows.rows(
        analysis,
        ((one.variant, _cells(one)) for one in ordered(analysis)),
    )
    return Table(caption="Warm-up", columns=_COLUMNS, rows=rows, is_folded=has_curves(analysis))


def _cells(one: WarmupResult) -> tuple[Shown, ...]:
    left_out = formatting.seconds_point(one.warmup_s)
    return (
        Shown(one.benchmark.workload),
        Shown(series.how(one.benchmark)),
        Shown(one.shape, "in the better of two" if one.processes > 1 else ""),
        formatting.factor(one.cold_ratio),
        Shown(
            _found(one),
            "not granted in full" if one.is_capped else "",
            repr(one.found_s) if one.curve else "",
        ),
        Shown(str(one.warmups), left_out if one.warmups else "", str(one.warmups)),
    )


def _found(one: WarmupResult) -> str:
    return formatting.seconds_point(one.found_s) if one.curve else formatting.ABSENT


def _warnings(analysis: Analysis) -> tuple[str, ...]:
    results = ordered(analysis)
    said = [
        f"{one.variant} {panel(one.benchmark)}: {one.shape}. It {_MEANINGS[one.shape]}"
        for one in results
        if one.shape in _MEANINGS
    ]
    said += [
        f"{one.variant} {panel(one.benchmark)} took {formatting.seconds_point(one.found_s)} to "
        "reach its level; its processes were warmed up for "
        f"{formatting.seconds_point(one.warmup_s)}."
        for one in results
        if one.is_capped
    ]
    return tuple(said)


def _figure(analysis: Analysis) -> FigureView:
    said = "; ".join(
        f"{one.variant} {panel(one.benchmark)}: {one.shape}" for one in ordered(analysis)
    )
    return FigureView(
        name=FIGURE,
        title="From the first call on",
        subtitle="Time of a call ÷ that of the last level, against time at work; both logarithmic",
        description=f"Curves of the pilot's calls, a panel for each workload and mode. {said}.",
        table=_table(analysis),
        csv=_csv(ordered(analysis)),
    )


def _csv(results: list[WarmupResult]) -> str:
    """Return a row for each call of the pilots."""
    header = ("variant", "workload", "mode", "threads", "at_work_s", "of_last_level")
    rows = [
        (
            *(result.variant, result.benchmark.workload, str(result.benchmark.mode)),
            *(result.benchmark.threads, end_s, ratio),
        )
        for result in results
        for end_s, ratio in result.curve
    ]
    return csv_text.csv_text(header, rows)
