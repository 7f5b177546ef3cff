"""A comparison for a pull request, in GitHub's Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.export.markdown import code, escaped
from harness.report.compare import words
from harness.report.compare.published import published
from harness.report.words import formatting
from harness.report.words.short_names import short_names
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.analysis.comparing.comparison import Compared, Comparison
    from harness.report.compare.words import Gates

__all__ = ["comparison_summary"]

_MAX_ROWS = 100
"""Of each table: GitHub accepts 65,536 characters in a comment."""
_MAX_NAME_LENGTH = 100
_MAX_SENTENCE_LENGTH = 1_000
_HEAD = (
    "| Benchmark | Variant | Old | New | New ÷ old | Verdict |",
    "|---|---|--:|--:|--:|---|",
)


def comparison_summary(
    comparison: Comparison, gates: Gates = (), *, is_host_shown: bool = False
) -> str:
    """Return the conditions for failing, the changes and remarks, and all other cells folded."""
    shown = published(comparison, is_host_shown=is_host_shown)
    changed = words.changed_first(shown)
    names = short_names((cell.key.benchmark for cell in shown.cells), longest=_MAX_NAME_LENGTH)
    others = [cell for cell in shown.cells if not words.is_changed(cell)]
    sides = [words.side_name(side) for side in (shown.new, shown.old)]
    short = short_names(sides, longest=_MAX_NAME_LENGTH)
    parts = [f"### {' against '.join(code(short[side]) for side in sides)}", ""]
    for gate, tripped in gates:
        met = f"**met by {formatting.count(len(tripped), 'cell')}**" if tripped else "not met"
        mark = "❌" if tripped else "✅"
        parts += [f"{mark} {code(gate.text)}: {met} ({words.tested(shown, gate)})", ""]
    for caution in shown.cautions:
        parts += [f"> **Caution:** {_sentence(caution)}", ""]
    parts += [_sentence(f"{words.headline(shown)} {words.sees(shown)}"), ""]
    if changed:
        parts += [*_table(changed, names), ""]
    remarks = list(_remarks(shown))
    if remarks:
        parts += [*remarks, ""]
    if others:
        parts += ["<details><summary>Cells that did not change, or are not resolved</summary>", ""]
        parts += [*_table(others, names), "", "</details>", ""]
    parts.append(f"{_sentence(shown.machine)}. Made with Gilscope {__version__}.")
    return "\n".join([*parts, ""])


def _table(cells: Sequence[Compared], names: Mapping[str, str]) -> list[str]:
    rest = len(cells) - _MAX_ROWS
    more = ["", f"and {formatting.count(rest, 'more cell')}"] if rest > 0 else []
    return [*_HEAD, *(_row(cell, names) for cell in cells[:_MAX_ROWS]), *more]


def _row(cell: Compared, names: Mapping[str, str]) -> str:
    variant = words.variant_name(cell)[:_MAX_NAME_LENGTH]
    numbers = (
        words.amount(cell.old, cell.unit).value,
        words.amount(cell.new, cell.unit).value,
        _ratio(cell),
        words.decision(cell),
    )
    name = code(names[cell.key.benchmark])
    return f"| {name} | {code(variant) if variant else ''} | {' | '.join(map(escaped, numbers))} |"


def _ratio(cell: Compared) -> str:
    against = f" relative to {cell.basis.anchor}" if cell.basis.anchor else ""
    return f"{words.ratio(cell).text}{against}"


def _remarks(comparison: Comparison) -> Iterator[str]:
    """Yield the warnings, the numbers of cells not compared, and how others were decided."""
    for warning in comparison.warnings[:_MAX_ROWS]:
        yield f"- warning: {_sentence(warning)}"
    counted = (
        ("only in old", comparison.missing),
        ("only in new", comparison.added),
        ("failed, in part at least", comparison.failed),
        ("not comparable", comparison.not_comparable),
    )
    for what, cells in counted:
        if cells:
            yield f"- {what}: {formatting.count(len(cells), 'cell')}"
    for way in words.decided(comparison):
        yield f"- decided: {_sentence(way)}"


def _sentence(sentence: str) -> str:
    return escaped(sentence[:_MAX_SENTENCE_LENGTH])
