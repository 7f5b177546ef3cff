"""Calm rounds: what each speed-up and ratio rests on, and the same from all rounds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.elements import Column, Section, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.results.experiment import Analysis, CalmRounds, CellResult
    from harness.model import Estimate

__all__ = ["parts"]

_NBSP = "\u00a0"
_RULE = (
    "A round is calm for two cells when the canaries around both values were at their undisturbed "
    "level. Where enough rounds are calm, they alone decide. Where all rounds together give "
    "another number, the machine, not the interpreter, took the difference."
)
_COLUMNS = (
    table_rows.VARIANT,
    Column(title="Workload", is_number=False),
    table_rows.RUN,
    Column(title="Number", is_number=False),
    Column(title="Calm", hint="Share of the rounds that are calm for both cells"),
    Column(title="Decided by", is_number=False),
    Column(title="Estimate", hint="What the rest of the page shows"),
    Column(title="From all rounds"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Compared:
    """A speed-up or a ratio, and the rounds that it rests on."""

    cell: CellResult
    name: str
    estimate: Estimate
    every: Estimate
    calm: CalmRounds

    @property
    def differs(self) -> bool:
        """Return whether all rounds give a number outside of the interval."""
        low, high = self.estimate.low, self.estimate.high
        return low is not None and high is not None and not low <= self.every.point <= high


def parts(analysis: Analysis) -> tuple[Section, ...]:
    """Return the part about calm rounds; none for experiments in which cells took no turns."""
    compared = tuple(_compared(analysis))
    if not compared or analysis.calm_share is None:
        return ()
    rows = table_rows.rows(analysis, ((each.cell.variant, _cells(each)) for each in compared))
    table = Table(caption="Calm rounds and all rounds", columns=_COLUMNS, rows=rows, is_folded=True)
    sentences = (_share(analysis.calm_share), _RULE, _differing(compared))
    return (Section(anchor="calm", title="Calm rounds", sentences=sentences, tables=(table,)),)


def _compared(analysis: Analysis) -> Iterator[_Compared]:
    for cell in series.in_page_order(analysis, analysis.cells):
        for name, estimate, every, calm in (
            ("Speed-up", cell.speedup, cell.speedup_all, cell.speedup_calm),
            ("Against baseline", cell.ratio, cell.ratio_all, cell.ratio_calm),
        ):
            if estimate is not None and every is not None and calm is not None:
                yield _Compared(cell=cell, name=name, estimate=estimate, every=every, calm=calm)


def _share(share: float) -> str:
    return f"The machine was undisturbed around {_percent(share)} of all values."


def _differing(compared: tuple[_Compared, ...]) -> str:
    number = sum(each.differs for each in compared)
    return (
        f"In {number or 'none'} of {formatting.count(len(compared), 'comparison')} the estimate "
        "from all rounds lies outside the interval shown."
    )


def _cells(each: _Compared) -> tuple[Shown, ...]:
    return (
        Shown(each.cell.benchmark.workload),
        Shown(series.how(each.cell.benchmark)),
        Shown(each.name),
        formatting.keyed(_percent(each.calm.share), each.calm.share),
        Shown("calm rounds" if each.calm.decided else "all rounds"),
        formatting.factor(each.estimate),
        formatting.factor(each.every),
    )


def _percent(share: float) -> str:
    return f"{formatting.plain(100 * share)}{_NBSP}%"
