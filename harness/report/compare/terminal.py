"""A comparison for the terminal: a table, what is missing, how it was decided."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from harness.invocation import to_type
from harness.report.compare import words
from harness.report.compare.published import published
from harness.report.redaction import scrubbed
from harness.report.words import formatting
from harness.report.words.short_names import short_names
from harness.wording import plain_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate, NamedCell
    from harness.report.compare.words import Gates

__all__ = ["comparison_lines", "gate_line", "gate_words"]

_MAX_LENGTH = 40
_MAX_NAMED = 10
"""The rest is only counted; the page and the document have all."""
_HEAD = ("benchmark", "variant", "old", "new", "n", "new ÷ old")


def comparison_lines(comparison: Comparison, gates: Gates) -> tuple[str, ...]:
    """Return the comparison as plain lines; the commands are shown whole, ready to be run."""
    shown = published(comparison)
    lines = [
        f"old: {words.side_name(shown.old)}",
        f"new: {words.side_name(shown.new)}",
        *(f"caution: {caution}" for caution in shown.cautions),
        "",
        *_table(shown.cells),
        "",
        f"{words.headline(shown)} {words.sees(shown)}",
        *_named("only in old", shown.missing),
        *_named("only in new", shown.added),
        *_named("failed", shown.failed, has_reason=True),
        *_named("not comparable", shown.not_comparable, has_reason=True),
        *(f"warning: {warning}" for warning in shown.warnings),
        *(f"decided: {sentence}" for sentence in words.decided(shown)),
        *(f"better: {sentence}" for sentence in shown.advice),
        *(f"    {to_type('bench', shlex.join(it))}" for it in comparison.commands),
        *(gate_line(comparison, gate, cells) for gate, cells in gates),
    ]
    return tuple(plain_line(line) for line in lines)


def gate_line(comparison: Comparison, gate: Gate, cells: Sequence[Compared]) -> str:
    """Return whether a gate tripped, and by which cells, and what it tested."""
    sees = words.gate_sees(comparison, gate)
    tested = words.tested(comparison, gate)
    result = f"shown for no cell, {tested}{f'; {sees}' if sees else ''}"
    if cells:
        names = [
            f"{scrubbed(words.cell_name(cell), comparison.private)} ({words.change_words(cell)})"
            for cell in cells
        ]
        met = formatting.count(len(cells), "cell")
        result = f"is met by {met} ({tested}): {', '.join(_first(names))}"
    return plain_line(f"--fail-if '{gate.text}'{' ' if cells else ': '}{result}")


def gate_words(gate: Gate, cells: Sequence[Compared]) -> str:
    """Return how many cells tripped a gate."""
    return f"--fail-if '{gate.text}' is met by {formatting.count(len(cells), 'cell')}"


def _first(names: list[str]) -> list[str]:
    """Return the first of these cells, and how many more there are."""
    more = len(names) - _MAX_NAMED
    return [*names[:_MAX_NAMED], formatting.count(more, "more cell")] if more > 0 else names


def _table(cells: Sequence[Compared]) -> list[str]:
    """Return the table: ratios to an anchor have a column of their own for each anchor."""
    anchors = tuple(dict.fromkeys(cell.basis.anchor for cell in cells if cell.basis.anchor))
    names = short_names((cell.key.benchmark for cell in cells), longest=_MAX_LENGTH)
    variants = short_names(map(words.variant_name, cells), longest=_MAX_LENGTH)
    head = (*_HEAD, *(f"relative to {name}" for name in anchors), "verdict", "would see")
    rows = [
        (
            names[cell.key.benchmark],
            variants[words.variant_name(cell)],
            *_numbers(cell, anchors),
            words.decision(cell),
            words.detectable(cell),
        )
        for cell in cells
    ]
    return _columns([head, *rows])


def _numbers(cell: Compared, anchors: Sequence[str]) -> tuple[str, ...]:
    judged = words.ratio(cell).text
    return (
        words.amount(cell.old, cell.unit).value,
        words.amount(cell.new, cell.unit).value,
        f"{cell.old.n}, {cell.new.n}",
        words.times_ratio(cell) or judged,
        *(judged if name == cell.basis.anchor else "" for name in anchors),
    )


def _named(title: str, cells: Sequence[NamedCell], *, has_reason: bool = False) -> list[str]:
    """Return a line for each cell; of very many the first ones, and how many more there are."""
    names = [
        f"{' '.join(filter(None, (cell.key.variant, cell.key.benchmark)))}"
        f"{f' ({cell.reason})' if has_reason else ''}"
        for cell in cells
    ]
    return [f"{title}: {name}" for name in _first(names)]


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(plain_line(cell)) for cell in column) for column in zip(*rows, strict=True)]
    kept = [index for index in range(len(widths)) if any(row[index] for row in rows[1:])]
    return [
        "  ".join(plain_line(row[index]).ljust(widths[index]) for index in kept).rstrip()
        for row in rows
    ]
