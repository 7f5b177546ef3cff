"""A comparison for the terminal: a table, what is missing, how it was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.compare import words
from harness.report.redaction import scrubbed
from harness.report.words import formatting
from harness.wording import plain_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate, NamedCell

__all__ = ["comparison_lines", "gate_line"]

_MAX_LENGTH = 40
_MAX_NAMED = 10
"""Of more cells the rest is counted; the page and the document have them all."""
_HEAD = ("benchmark", "variant", "old", "new", "n", "new ÷ old", "verdict", "would see")


def comparison_lines(
    found: Comparison, gates: Sequence[tuple[Gate, Sequence[Compared]]]
) -> tuple[str, ...]:
    """Return the comparison as plain lines; the commands are shown whole, as they are to be run."""
    shown = scrubbed(found, found.private)
    lines = [
        f"old: {words.side_name(shown, 'old')}",
        f"new: {words.side_name(shown, 'new')}",
        "",
        *_columns([_HEAD, *(_row(cell) for cell in shown.cells)]),
        "",
        f"{words.headline(shown)} {words.sees(shown)}",
        *_named("only in old", shown.missing),
        *_named("only in new", shown.added),
        *_named("failed", shown.failed, has_reason=True),
        *_named("not comparable", shown.not_comparable, has_reason=True),
        *(f"warning: {said}" for said in shown.warnings),
        *(f"decided: {said}" for said in words.decided(shown)),
        *(f"better: {said}" for said in shown.advice),
        *(f"    {command}" for command in found.commands),
        *(gate_line(found, gate, cells) for gate, cells in gates),
    ]
    return tuple(plain_line(line) for line in lines)


def gate_line(found: Comparison, gate: Gate, cells: Sequence[Compared]) -> str:
    """Return whether a gate tripped, and by which cells."""
    if not cells:
        sees = words.gate_sees(found, gate)
        return plain_line(
            f"--fail-if '{gate.text}': shown for no cell{f'; {sees}' if sees else ''}"
        )
    said = [
        f"{scrubbed(words.cell_name(cell), found.private)} ({words.change(cell).text})"
        for cell in cells[:_MAX_NAMED]
    ]
    rest = len(cells) - _MAX_NAMED
    more = [formatting.count(rest, "more cell")] if rest > 0 else []
    return plain_line(f"--fail-if '{gate.text}' holds for {', '.join([*said, *more])}")


def _row(cell: Compared) -> tuple[str, ...]:
    return (
        cell.key.benchmark[:_MAX_LENGTH],
        words.variant_name(cell)[:_MAX_LENGTH],
        words.amount(cell.old, cell.unit).value,
        words.amount(cell.new, cell.unit).value,
        f"{cell.old.n}, {cell.new.n}",
        words.ratio(cell).text,
        words.decision(cell),
        words.least(cell),
    )


def _named(what: str, cells: Sequence[NamedCell], *, has_reason: bool = False) -> list[str]:
    """Return a line for each cell; of very many the first ones, and how many more there are."""
    lines = [
        f"{what}: {' '.join(filter(None, (one.key.variant, one.key.benchmark)))}"
        f"{f' ({one.reason})' if has_reason else ''}"
        for one in cells[:_MAX_NAMED]
    ]
    rest = len(cells) - _MAX_NAMED
    return [*lines, f"{what}: {formatting.count(rest, 'more cell')}"] if rest > 0 else lines


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(plain_line(cell)) for cell in column) for column in zip(*rows, strict=True)]
    kept = [index for index in range(len(widths)) if any(row[index] for row in rows[1:])]
    return [
        "  ".join(plain_line(row[index]).ljust(widths[index]) for index in kept).rstrip()
        for row in rows
    ]
