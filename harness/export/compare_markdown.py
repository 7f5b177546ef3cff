"""A comparison for a pull request, in GitHub's Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.export.markdown import code, escaped
from harness.report.compare import words
from harness.report.redaction import scrubbed
from harness.report.words import formatting
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.analysis.comparing.comparison import Compared, Comparison

__all__ = ["comparison_summary"]

_MAX_ROWS = 100
"""Of each table: GitHub accepts 65,536 characters in a comment."""
_MAX_NAME_LENGTH = 100
_MAX_SENTENCE_LENGTH = 1_000
_HEAD = (
    "| Benchmark | Variant | Old | New | New ÷ old | Verdict |",
    "|---|---|--:|--:|--:|---|",
)


def comparison_summary(comparison: Comparison, *, is_host_shown: bool = False) -> str:
    """Return the changes and remarks, and all other cells folded."""
    shown = scrubbed(comparison, comparison.private, is_host_shown=is_host_shown)
    changed = words.changed_first(shown)
    others = [cell for cell in shown.cells if not words.is_changed(cell)]
    old, new = (words.side_name(side)[:_MAX_NAME_LENGTH] for side in (shown.old, shown.new))
    parts = [f"### {code(new)} against {code(old)}", ""]
    parts += [_sentence(f"{words.headline(shown)} {words.sees(shown)}"), ""]
    if changed:
        parts += [*_table(changed), ""]
    remarks = list(_remarks(shown))
    if remarks:
        parts += [*remarks, ""]
    if others:
        parts += ["<details><summary>Cells that did not change, or are not resolved</summary>", ""]
        parts += [*_table(others), "", "</details>", ""]
    parts.append(f"{_sentence(shown.machine)}. Made with Gilscope {__version__}.")
    return "\n".join([*parts, ""])


def _table(cells: Sequence[Compared]) -> list[str]:
    rest = len(cells) - _MAX_ROWS
    more = ["", f"and {formatting.count(rest, 'more cell')}"] if rest > 0 else []
    return [*_HEAD, *map(_row, cells[:_MAX_ROWS]), *more]


def _row(cell: Compared) -> str:
    variant = words.variant_name(cell)[:_MAX_NAME_LENGTH]
    numbers = (
        words.amount(cell.old, cell.unit).value,
        words.amount(cell.new, cell.unit).value,
        words.ratio(cell).text,
        words.decision(cell),
    )
    name = code(cell.key.benchmark[:_MAX_NAME_LENGTH])
    return f"| {name} | {code(variant) if variant else ''} | {' | '.join(map(escaped, numbers))} |"


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
