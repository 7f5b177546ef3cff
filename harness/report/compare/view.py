"""The compare page as a value: strings, flags and figure names only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.compare import words
from harness.report.compare.figure import drawn
from harness.report.elements import Column, FigureView, Row, Shown, Table
from harness.report.words import csv_text, formatting
from harness.report.words.verdicts import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate, NamedCell

__all__ = ["Change", "CompareView", "GateView", "Left", "build_compare_view"]

_MAX_CHANGES = 8
_COLUMNS = (
    Column(title="Benchmark", is_number=False),
    Column(title="Variant", is_number=False),
    Column(title="Verdict", hint="After Holm's correction for its family", is_number=False),
    Column(title="New ÷ old", hint="Below 1 is faster; decided by the way named last"),
    Column(title="Would see", hint="Difference found in four of five such comparisons"),
    Column(title="Old", hint="Typical value with its interval"),
    Column(title="New", hint="Typical value with its interval"),
    Column(title="n", hint="Processes in old and in new"),
    Column(title="Decided by", is_number=False),
)
_VARIANT = 1
"""Place of the column that pyperf files do without."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One cell that changed: the number large, the sentence beside it."""

    number: str
    interval: str
    name: str
    sentence: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Left:
    """Cells that were not compared, under one heading."""

    title: str
    items: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class GateView:
    """One condition of ``--fail-if``, and whether it holds."""

    sentence: str
    is_tripped: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class CompareView:
    """Everything the page says, in the order it says it."""

    title: str
    subtitle: str
    sides: tuple[tuple[str, str], ...]
    headline: str
    sees: str
    changes: tuple[Change, ...]
    more: str
    gates: tuple[GateView, ...]
    warnings: tuple[str, ...]
    figure: FigureView | None
    table: Table
    left: tuple[Left, ...]
    decided: tuple[str, ...]
    advice: tuple[str, ...]
    commands: tuple[str, ...]
    level: str
    threshold: str


def build_compare_view(
    found: Comparison, gates: Sequence[tuple[Gate, Sequence[Compared]]] = ()
) -> CompareView:
    """Return the page for a comparison."""
    changed = words.changed_first(found)
    hidden = len(changed) - _MAX_CHANGES
    return CompareView(
        title="New against old",
        subtitle=found.machine or "machine not known",
        sides=(_side(found, "old"), _side(found, "new")),
        headline=words.headline(found) if found.cells else "No cell could be compared.",
        sees=words.sees(found),
        changes=tuple(_change(cell) for cell in changed[:_MAX_CHANGES]),
        more=f"{formatting.count(hidden, 'more change')} in the table." if hidden > 0 else "",
        gates=tuple(_gate(found, gate, len(cells)) for gate, cells in gates),
        warnings=found.warnings,
        figure=_figure(found) if found.cells else None,
        table=_table(found),
        left=_left(found),
        decided=words.decided(found),
        advice=found.advice,
        commands=found.commands,
        level=f"{found.level * 100:g}\u00a0%",
        threshold=percent(found.threshold),
    )


def _side(found: Comparison, which: str) -> tuple[str, str]:
    side = found.old if which == "old" else found.new
    when = side.created[:16].replace("T", " ")
    return which.capitalize(), f"{words.side_name(found, which)}{f' · {when}' if when else ''}"


def _change(cell: Compared) -> Change:
    shown = words.change(cell)
    against = f" against {cell.basis.anchor}" if cell.basis.anchor else ""
    old, new = (words.amount(one, cell.unit).value for one in (cell.old, cell.new))
    return Change(
        number=shown.value,
        interval=shown.full_note,
        name=words.cell_name(cell),
        sentence=f"{words.decision(cell)}{against}; {old} before, {new} now.",
    )


def _gate(found: Comparison, gate: Gate, tripped: int) -> GateView:
    if tripped:
        return GateView(
            sentence=f"{gate.text} holds for {formatting.count(tripped, 'cell')}: "
            "the comparison fails.",
            is_tripped=True,
        )
    sees = words.gate_sees(found, gate)
    more = f"; {sees}" if sees else ""
    return GateView(sentence=f"{gate.text} is shown for no cell{more}.", is_tripped=False)


def _figure(found: Comparison) -> FigureView:
    cells = drawn(found)
    rest = len(found.cells) - len(cells)
    limited = f" The {len(cells)} largest of {len(found.cells)}; the table has all." if rest else ""
    said = "; ".join(
        f"{words.cell_name(cell)} {words.change(cell).text}, {words.decision(cell)}"
        for cell in cells
    )
    return FigureView(
        name="compare",
        title="Ratio of new to old",
        subtitle=f"Right of 1 is slower. The band is {percent(found.threshold)} to either side: "
        f"what lies in it does not matter.{limited}",
        description=f"Forest plot of new ÷ old. {said}.",
        table=_table(found),
        csv=_csv(found),
    )


def _table(found: Comparison) -> Table:
    has_groups = len({cell.family for cell in found.cells}) > 1
    rows, previous = [], None
    for cell in found.cells:
        starts, previous = has_groups and cell.family != previous, cell.family
        head = cell.key.benchmark
        rows.append(Row(head=head, slot=None, cells=_cells(cell), starts_group=starts))
    if any(words.variant_name(cell) for cell in found.cells):
        return Table(caption="Every cell", columns=_COLUMNS, rows=tuple(rows))
    columns = _COLUMNS[:_VARIANT] + _COLUMNS[_VARIANT + 1 :]
    short = tuple(dataclasses.replace(row, cells=row.cells[1:]) for row in rows)
    return Table(caption="Every cell", columns=columns, rows=short)


def _cells(cell: Compared) -> tuple[Shown, ...]:
    return (
        Shown(words.variant_name(cell) or formatting.ABSENT),
        Shown(words.decision(cell)),
        words.ratio(cell),
        _least(cell),
        words.amount(cell.old, cell.unit),
        words.amount(cell.new, cell.unit),
        formatting.keyed(f"{cell.old.n}, {cell.new.n}", min(cell.old.n, cell.new.n)),
        Shown(f"{cell.basis.how}{f' {cell.basis.anchor}' if cell.basis.anchor else ''}"),
    )


def _least(cell: Compared) -> Shown:
    share = cell.verdict.mde if cell.verdict else None
    return formatting.keyed(words.least(cell), share)


def _csv(found: Comparison) -> str:
    """Return a row for every cell, with all digits."""
    bounds = (f"{name}{end}" for name in ("ratio", "old", "new") for end in ("", "_low", "_high"))
    header = ("benchmark", "variant", "unit", "verdict", *bounds, "n_old", "n_new", "decided_by")
    rows = (
        (
            *(cell.key.benchmark, cell.key.variant, cell.unit, words.decision(cell)),
            *csv_text.trio(cell.ratio),
            *csv_text.trio(cell.old),
            *csv_text.trio(cell.new),
            *(cell.old.n, cell.new.n, cell.basis.how),
        )
        for cell in found.cells
    )
    return csv_text.csv_text(header, rows)


def _left(found: Comparison) -> tuple[Left, ...]:
    groups = (
        ("Only in old", found.missing, False),
        ("Only in new", found.added, False),
        ("Failed", found.failed, True),
        ("Not comparable", found.not_comparable, True),
    )
    return tuple(
        Left(title=title, items=tuple(_named(one, has_reason=has_reason) for one in cells))
        for title, cells, has_reason in groups
        if cells
    )


def _named(one: NamedCell, *, has_reason: bool) -> str:
    name = ", ".join(filter(None, (one.key.benchmark, one.key.variant)))
    return f"{name}: {one.reason}" if has_reason else name
