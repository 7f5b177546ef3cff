"""What the tables of ``measures``, ``latency`` and ``laws`` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.elements import Column, Row
from harness.report.numbers import series
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.results.experiment import Analysis, NoteResult
    from harness.report.elements import Shown

__all__ = ["QUANTILES", "READ_SO", "RUN", "VARIANT", "grouped", "quantiles", "rows"]

VARIANT = Column(title="Variant", is_number=False)
RUN = Column(title="Run", hint="How often the work runs at once", is_number=False)
QUANTILES = (
    Column(title="p50", hint="Half of all values are no longer"),
    Column(title="p90", hint="90 % of all values are no longer; needs 10 values"),
    Column(title="p99", hint="99 % of all values are no longer; needs 100 values"),
    Column(title="Longest", hint="Of all values; a largest value has no interval"),
)
READ_SO = (
    "A percentile is one of the values seen, the nearest rank of all processes' values together. "
    "Its interval comes from drawing whole processes again; with few processes it is rather too "
    "short than too long."
)


def quantiles(note: NoteResult) -> tuple[Shown, ...]:
    """Return the cells of ``QUANTILES``."""
    return (
        *map(formatting.seconds, (note.p50, note.p90, note.p99)),
        formatting.keyed(formatting.seconds_point(note.maximum), note.maximum),
    )


def rows(analysis: Analysis, results: Iterable[tuple[str, tuple[Shown, ...]]]) -> tuple[Row, ...]:
    """Return rows headed by their variant; its first one starts a group."""
    slots = series.slots(analysis)
    return grouped((variant, slots[variant], cells) for variant, cells in results)


def grouped(results: Iterable[tuple[str, int | None, tuple[Shown, ...]]]) -> tuple[Row, ...]:
    """Return rows of a head, its slot and cells; the first one of a head starts a group."""
    previous, made = None, []
    for head, slot, cells in results:
        starts, previous = head != previous, head
        made.append(Row(head=head, slot=slot, cells=cells, starts_group=starts))
    return tuple(made)
