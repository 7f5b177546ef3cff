"""Verdicts against the baseline, workload by workload: what was decided, and on what ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Decision
from harness.report.elements import Column, Row, Section, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.words import formatting
from harness.report.words.verdicts import UNRESOLVED, detectable, percent, probability
from harness.statistics.levels import ALPHA

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Verdict

__all__ = ["section"]

_TITLE = "Faster, slower, or not known"
_ABSENT = (
    "A verdict takes two builds and two blocks: "
    "`nox -s bench -- --interpreter 3.14 --interpreter 3.14t`"
)
_DECISIONS = (Decision.FASTER, Decision.SLOWER, Decision.EQUIVALENT, Decision.UNRESOLVED)
_COUNTED = (
    Column(title="Workload", is_number=False),
    Column(title="Comparisons", hint="Variants at all numbers of threads, against the baseline"),
    *(Column(title=title) for title in ("Faster", "Slower", "Equivalent", "Not resolved")),
)
_COLUMNS = (
    table_rows.VARIANT,
    table_rows.RUN,
    Column(title="n", hint="Blocks that have both, the pairs the interval rests on"),
    Column(title="Ratio", hint="Time ÷ the baseline's, typical pair: below 1 is faster"),
    Column(title="Verdict", is_number=False),
    Column(title="p", hint="After Holm's correction for all comparisons of the workload"),
    Column(title="Could find", hint="The difference found in four of five such experiments"),
    Column(title="Sign test", hint="Median ratio; its interval holds whatever the noise is like"),
)


def section(analysis: Analysis) -> Section:
    """Return every comparison with the baseline."""
    plan = analysis.manifest.plan
    tables, counts = [], []
    ordered = series.in_page_order(analysis, analysis.cells)
    for workload in series.shown_workloads(analysis):
        judged = [
            (cell.variant, _cells(cell, cell.verdict))
            for cell in ordered
            if cell.benchmark.workload == workload.name and cell.verdict is not None
        ]
        if judged:
            counts.append(_counted(analysis, workload.name))
            caption = f"{workload.name} against {plan.baseline}"
            rows = table_rows.rows(analysis, judged)
            tables.append(Table(caption=caption, columns=_COLUMNS, rows=rows, is_folded=True))
    if not tables:
        return Section(anchor="verdicts", title=_TITLE, absent=_ABSENT)
    threshold = percent(analysis.threshold)
    rule = (
        f"Faster or slower: the ratio found is more than {threshold} from 1, and that there is "
        f"some difference is significant. Equivalent: shown to lie within {threshold}; that is its "
        f"{percent(1 - 2 * ALPHA)} interval, brackets hold {percent(analysis.level)}. Both at "
        f"{percent(ALPHA)}, after Holm's correction for all comparisons of a workload. "
        "Not resolved: neither; the column Could find says how large a difference would have had "
        "to be."
    )
    return Section(
        anchor="verdicts",
        title=_TITLE,
        sentences=(rule,),
        tables=(Table(caption="How many of each", columns=_COUNTED, rows=tuple(counts)), *tables),
    )


def _counted(analysis: Analysis, workload: str) -> Row:
    """Return how often each verdict was given to one workload."""
    given = [
        cell.verdict.decision
        for cell in analysis.cells
        if cell.benchmark.workload == workload and cell.verdict is not None
    ]
    counts = (len(given), *(given.count(decision) for decision in _DECISIONS))
    cells = tuple(formatting.keyed(str(count), count) for count in counts)
    return Row(head=workload, slot=None, cells=cells)


def _cells(cell: CellResult, verdict: Verdict) -> tuple[Shown, ...]:
    return (
        Shown(series.how(cell.benchmark)),
        formatting.keyed(str(cell.ratio.n), cell.ratio.n)
        if cell.ratio
        else Shown(formatting.ABSENT),
        formatting.factor(cell.ratio),
        Shown(UNRESOLVED if verdict.decision is Decision.UNRESOLVED else str(verdict.decision)),
        formatting.keyed(probability(verdict.p_family), verdict.p_family),
        formatting.keyed(detectable(verdict), verdict.mde),
        formatting.factor(cell.ratio_sign),
    )
