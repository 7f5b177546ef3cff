"""The pieces a page is made of: frozen values that hold nothing but what is shown.

Place in the flow: made by ``view``, ``tables`` and ``cards``, read by the template.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.text import Shown

__all__ = [
    "Answer",
    "Attachment",
    "Card",
    "Column",
    "FailureView",
    "FigureView",
    "GradeView",
    "LegendItem",
    "LiveView",
    "ReasonView",
    "Row",
    "Section",
    "SplitView",
    "Table",
    "Trouble",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """One variant's answer: the number large, the sentence beside it."""

    label: str
    slot: int
    number: str
    interval: str
    basis: str
    """What the interval rests on, such as ``n = 10 blocks``."""
    sentence: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that is missing from the numbers, and why."""

    subject: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class LegendItem:
    """A variant's mark and name."""

    label: str
    slot: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReasonView:
    """One reason of the grade, and what the reader can do about it."""

    words: str
    action: str
    severity: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradeView:
    """How far to trust the page: a letter, a sentence, and the gravest reason first."""

    letter: str
    sentence: str
    reasons: tuple[ReasonView, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """A table's column: its title, and what it means."""

    title: str
    hint: str = ""
    is_number: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A row: the head names it, ``slot`` gives it a variant's mark."""

    head: str
    slot: int | None
    cells: tuple[Shown, ...]
    starts_group: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose first column is the row's head."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FigureView:
    """A figure by name, the words that can stand in for it, and the numbers behind it."""

    name: str
    title: str
    subtitle: str
    description: str
    table: Table
    csv: str = ""
    """The same numbers with all their digits, for the download beside the figure."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """A section where there is anything to say: words, figures, and the tables behind them."""

    anchor: str
    title: str
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    figures: tuple[FigureView, ...]
    tables: tuple[Table, ...]
    absent: str = ""
    """Where the experiment has nothing for this section: how to get it, in one line."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that the page carries inside it, to be downloaded from there."""

    name: str
    title: str
    """What the link says."""
    media_type: str
    data: bytes


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiveView:
    """Of a page that is made while the experiment runs: where it is, and when to look again."""

    state: str
    refresh_s: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class SplitView:
    """The three-way split of one pair of builds."""

    title: str
    sentences: tuple[str, ...]
    differences: tuple[str, ...]
    sides: str
    """Which build the two halves of a difference speak of."""
    has_three: bool
    """Whether the same binary was measured with its GIL on and off."""
    has_tax: bool
    """Whether the first of the three may be called a tax."""
    figure: FigureView


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """A heading, loud badges, and facts as term and value."""

    title: str
    subtitle: str
    slot: int | None
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FailureView:
    """A cell that failed, and the end of what its worker said."""

    cell: str
    slot: int | None
    status: str
    counts: str
    reason: str
    stderr_tail: str
