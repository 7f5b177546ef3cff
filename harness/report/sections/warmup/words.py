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
    results = ordered(analysis)
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
        warnings=_warnings(results),
        figures=(_figure(analysis, results),) if has_curves(analysis) else (),
        tables=(_table(analysis, results),),
    )


def ordered(analysis: Analysis) -> list[WarmupResult]:
    """Return the results in the order of the page."""
    return series.in_page_order(analysis, analysis.warmup)


def has_curves(analysis: Analysis) -> bool:
    """Return whether there is anything to draw."""
    return any(result.curve for result in analysis.warmup)


def panel(benchmark: Benchmark) -> str:
    """Return what the variants of one panel have in common, such as ``lesson, 4 threads``."""
    return f"{benchmark.workload}, {series.how(benchmark)}"


def _table(analysis: Analysis, results: list[WarmupResult]) -> Table:
    rows = table_rows.rows(analysis, ((result.variant, _cells(result)) for result in results))
    return Table(caption="Warm-up", columns=_COLUMNS, rows=rows, is_folded=has_curves(analysis))


def _cells(result: WarmupResult) -> tuple[Shown, ...]:
    left_out = formatting.seconds_point(result.warmup_s)
    return (
        Shown(result.benchmark.workload),
        Shown(series.how(result.benchmark)),
        Shown(result.shape, "in the better of two" if result.processes > 1 else ""),
        formatting.factor(result.cold_ratio),
        Shown(
            formatting.seconds_point(result.found_s) if result.curve else formatting.ABSENT,
            "not granted in full" if result.is_capped else "",
            repr(result.found_s) if result.curve else "",
        ),
        Shown(str(result.warmups), left_out if result.warmups else "", str(result.warmups)),
    )


def _course(result: WarmupResult) -> str:
    return f"{result.variant} {panel(result.benchmark)}: {result.shape}"


def _warnings(results: list[WarmupResult]) -> tuple[str, ...]:
    odd = (
        f"{_course(result)}. It {_MEANINGS[result.shape]}"
        for result in results
        if result.shape in _MEANINGS
    )
    capped = (
        f"{result.variant} {panel(result.benchmark)} took "
        f"{formatting.seconds_point(result.found_s)} to reach its level; its processes were "
        f"warmed up for {formatting.seconds_point(result.warmup_s)}."
        for result in results
        if result.is_capped
    )
    return (*odd, *capped)


def _figure(analysis: Analysis, results: list[WarmupResult]) -> FigureView:
    courses = "; ".join(map(_course, results))
    return FigureView(
        name=FIGURE,
        title="From the first call on",
        subtitle="Time of a call ÷ that of the last level, against time at work; both logarithmic",
        description=f"Curves of the pilot's calls, a panel for each workload and mode. {courses}.",
        table=_table(analysis, results),
        csv=_csv(results),
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
