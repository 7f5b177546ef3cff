"""The compare page as a value: strings, flags and figure names only."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from harness.report.compare import words
from harness.report.compare.figure import drawn
from harness.report.elements import Column, FigureView, Row, Shown, Table
from harness.report.words import csv_text, formatting
from harness.report.words.formatting import moment
from harness.report.words.verdicts import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate, NamedCell
    from harness.report.compare.words import Gates

__all__ = ["Change", "CompareView", "build_compare_view"]

_MAX_CHANGES = 8
_COLUMNS = (
    Column(title="Benchmark", is_number=False),
    Column(title="Variant", is_number=False),
    Column(title="Verdict", hint="After Holm's correction for its family", is_number=False),
    Column(title="New ÷ old", hint="Below 1 is faster"),
    Column(title="Relative to the anchor", hint="New ÷ old of the ratios to a build in both"),
    Column(title="Would see", hint="Difference found in four of five such comparisons"),
    Column(title="Old", hint="Typical value with its interval"),
    Column(title="New", hint="Typical value with its interval"),
    Column(title="n", hint="Processes in old and in new"),
    Column(title="Decided by", is_number=False),
)


_ANCHORED = 3
"""Which of the cells of a row is relative to an anchor."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One cell that changed: a large number and a sentence."""

    number: str
    interval: str
    name: str
    sentence: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class CompareView:
    """Everything on the page, in its order."""

    title: str
    subtitle: str
    sides: tuple[tuple[str, str], ...]
    headline: str
    sees: str
    changes: tuple[Change, ...]
    more: str
    gates: tuple[str, ...]
    """The conditions of ``--fail-if``."""
    is_tripped: bool
    """Whether any of them makes the comparison fail."""
    cautions: tuple[str, ...]
    """Reasons to doubt that the interpreters differ at all."""
    warnings: tuple[str, ...]
    figure: FigureView | None
    table: Table
    left: tuple[tuple[str, tuple[str, ...]], ...]
    """Cells that were not compared, by heading."""
    decided: tuple[str, ...]
    advice: tuple[str, ...]
    commands: tuple[str, ...]
    """Those that run as they are shown: without a path that was shortened."""
    has_hidden_commands: bool
    was_measured_apart: bool
    level: str
    threshold: str


def build_compare_view(
    comparison: Comparison, gates: Gates = (), *, commands: Sequence[tuple[str, ...]] = ()
) -> CompareView:
    """Return the page for a comparison; ``commands`` are those before anything was shortened."""
    runnable = [it for it in comparison.commands if it in commands]
    changed = words.changed_first(comparison)
    hidden = len(changed) - _MAX_CHANGES
    table = _table(comparison)
    return CompareView(
        title=words.title(comparison),
        subtitle=comparison.machine or "machine not known",
        sides=(_side(comparison, "old"), _side(comparison, "new")),
        headline=words.headline(comparison) if comparison.cells else "No cell could be compared.",
        sees=words.sees(comparison),
        changes=tuple(_change(cell) for cell in changed[:_MAX_CHANGES]),
        more=f"{formatting.count(hidden, 'more change')} in the table." if hidden > 0 else "",
        gates=tuple(_gate(comparison, gate, len(cells)) for gate, cells in gates),
        is_tripped=any(cells for _, cells in gates),
        cautions=comparison.cautions,
        warnings=comparison.warnings,
        figure=_figure(comparison, table) if comparison.cells else None,
        table=table,
        left=_left(comparison),
        decided=words.decided(comparison),
        advice=comparison.advice,
        commands=tuple(map(words.command, runnable)),
        has_hidden_commands=len(runnable) < len(comparison.commands),
        was_measured_apart=words.was_measured_apart(comparison),
        level=f"{comparison.level * 100:g}\u00a0%",
        threshold=percent(comparison.threshold),
    )


def _side(comparison: Comparison, which: str) -> tuple[str, str]:
    side = comparison.old if which == "old" else comparison.new
    when = moment(side.created)
    return which.capitalize(), f"{words.side_name(side)}{f' · {when}' if when else ''}"


def _change(cell: Compared) -> Change:
    shown = words.change(cell)
    against = f" relative to {cell.basis.anchor}" if cell.basis.anchor else ""
    old, new = (words.amount(estimate, cell.unit).value for estimate in (cell.old, cell.new))
    return Change(
        number=shown.value,
        interval=shown.full_note,
        name=words.cell_name(cell),
        sentence=f"{words.decision(cell)}{against}; {old} before, {new} now.",
    )


def _gate(comparison: Comparison, gate: Gate, tripped: int) -> str:
    tested = words.tested(comparison, gate)
    if tripped:
        cells = formatting.count(tripped, "cell")
        return f"{gate.text} is met by {cells}: the comparison fails ({tested})."
    sees = words.gate_sees(comparison, gate)
    return f"{gate.text} is shown for no cell, {tested}{f'; {sees}' if sees else ''}."


def _figure(comparison: Comparison, table: Table) -> FigureView:
    cells, total = drawn(comparison), len(comparison.cells)
    limit = f" The {len(cells)} largest of {total}; the table has all."
    ratios = "; ".join(
        f"{words.cell_name(cell)} {words.change_words(cell)}, {words.decision(cell)}"
        for cell in cells
    )
    anchors = dict.fromkeys(cell.basis.anchor for cell in cells if cell.basis.anchor)
    relative = f" Relative to {' or '.join(anchors)} where the table says so." if anchors else ""
    return FigureView(
        name="compare",
        title="Ratio of new to old",
        subtitle=f"Right of 1 is slower.{relative} The band is {percent(comparison.threshold)} to "
        f"either side: what lies in it does not matter.{limit if total > len(cells) else ''}",
        description=f"Forest plot of new ÷ old. {ratios}.",
        table=table,
        csv=_csv(comparison),
    )


def _table(comparison: Comparison) -> Table:
    has_groups = len({cell.family for cell in comparison.cells}) > 1
    is_shown = [True] * (len(_COLUMNS) - 1)
    is_shown[0] = any(map(words.variant_name, comparison.cells))
    is_shown[_ANCHORED] = any(cell.basis.anchor for cell in comparison.cells)
    rows, previous = [], None
    for cell in comparison.cells:
        starts, previous = has_groups and cell.family != previous, cell.family
        cells = tuple(itertools.compress(_cells(cell), is_shown))
        rows.append(Row(head=cell.key.benchmark, slot=None, cells=cells, starts_group=starts))
    columns = (_COLUMNS[0], *itertools.compress(_COLUMNS[1:], is_shown))
    return Table(caption="Every cell", columns=columns, rows=tuple(rows))


def _cells(cell: Compared) -> tuple[Shown, ...]:
    return (
        # Cells of pyperf files have no variant.
        Shown(words.variant_name(cell) or formatting.ABSENT),
        Shown(words.decision(cell)),
        *_ratios(cell),
        formatting.keyed(words.detectable(cell), cell.verdict.mde if cell.verdict else None),
        words.amount(cell.old, cell.unit),
        words.amount(cell.new, cell.unit),
        formatting.keyed(f"{cell.old.n}, {cell.new.n}", min(cell.old.n, cell.new.n)),
        Shown(" ".join(filter(None, (cell.basis.how, cell.basis.anchor)))),
    )


def _ratios(cell: Compared) -> tuple[Shown, Shown]:
    """Return new ÷ old, and the same of the ratios to an anchor: one of them was judged."""
    judged = words.ratio(cell)
    if plain := words.times_ratio(cell):
        return formatting.keyed(plain, cell.new.point / cell.old.point), judged
    return judged, Shown(formatting.ABSENT)


def _csv(comparison: Comparison) -> str:
    """Return a row for every cell, with all digits."""
    bounds = (bound for name in ("ratio", "old", "new") for bound in csv_text.bounds(name))
    header = ("benchmark", "variant", "unit", "verdict", *bounds, "n_old", "n_new", "decided_by")
    rows = (
        (
            *(cell.key.benchmark, cell.key.variant, cell.unit, words.decision(cell)),
            *csv_text.trio(cell.ratio),
            *csv_text.trio(cell.old),
            *csv_text.trio(cell.new),
            *(cell.old.n, cell.new.n, cell.basis.how),
        )
        for cell in comparison.cells
    )
    return csv_text.csv_text(header, rows)


def _left(comparison: Comparison) -> tuple[tuple[str, tuple[str, ...]], ...]:
    groups = {
        "Only in old": [_name(cell) for cell in comparison.missing],
        "Only in new": [_name(cell) for cell in comparison.added],
        "Failed": [f"{_name(cell)}: {cell.reason}" for cell in comparison.failed],
        "Not comparable": [f"{_name(cell)}: {cell.reason}" for cell in comparison.not_comparable],
    }
    return tuple((title, tuple(cells)) for title, cells in groups.items() if cells)


def _name(cell: NamedCell) -> str:
    return ", ".join(filter(None, (cell.key.benchmark, cell.key.variant)))
