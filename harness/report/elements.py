"""The parts of a page: frozen values with nothing but what is shown."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

__all__ = [
    "Answer",
    "Attachment",
    "Box",
    "Card",
    "Column",
    "FailureView",
    "FigureView",
    "GradeView",
    "Link",
    "LiveView",
    "ReasonView",
    "Row",
    "Section",
    "Shown",
    "Snippet",
    "Table",
]

_NBSP = "\u00a0"


class Shown(NamedTuple):
    """A formatted number: its value with unit, and its interval or why it has none."""

    value: str
    note: str = ""
    key: str = ""
    """The number with all its digits, by which a table is sorted; empty where there is none."""
    has_interval: bool = False
    """Whether the note begins with an interval."""
    is_single: bool = False
    """Whether the number comes from one process, and so has no interval."""

    @property
    def full_note(self) -> str:
        """Return the note for use outside of tables."""
        return f"one process only, {self.note}" if self.is_single else self.note

    @property
    def text(self) -> str:
        """Return value and interval as one phrase that does not break across lines."""
        if not self.note:
            return self.value
        note = self.note if self.has_interval else f"({self.full_note})"
        return f"{self.value}{_NBSP}{note}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """One variant's answer: a large number and a sentence."""

    label: str
    slot: int
    what: str
    """Name of the number, such as ``speed-up with 2 threads``."""
    number: str
    interval: str
    basis: str
    """Basis of the interval, such as ``n = 10 blocks``."""
    clauses: tuple[str, ...]
    """Of the sentence; lines break between them."""
    is_unsure: bool = False
    """The number is a speed-up whose direction is not resolved."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReasonView:
    """One reason of the grade, and what the reader can do about it."""

    words: str
    action: str
    severity: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class GradeView:
    """Trust grade: letter, sentence, reasons by severity."""

    letter: str
    sentence: str
    reasons: tuple[ReasonView, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """A table's column."""

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
    is_folded: bool = False
    """Whether it is a long table that the reader opens."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FigureView:
    """A figure by name, with a text alternative and its numbers."""

    name: str
    title: str
    subtitle: str
    description: str
    table: Table
    csv: str = ""
    """The same numbers with all their digits, for download."""
    is_wide: bool = False
    """Whether it takes the whole width, and scrolls where that is narrow."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Link:
    """Where to read on: on this page (``#anchor``) or elsewhere (``https``)."""

    title: str
    href: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Box:
    """A note set apart from the text."""

    title: str
    sentence: str
    items: tuple[str, ...]
    is_warning: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snippet:
    """A few lines of Python, and what they do."""

    title: str
    code: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the page: words, figures, tables, and its parts."""

    anchor: str
    title: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    """Findings, one each."""
    warnings: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    links: tuple[Link, ...] = ()
    figures: tuple[FigureView, ...] = ()
    tables: tuple[Table, ...] = ()
    parts: tuple[Section, ...] = ()
    absent: str = ""
    """One line on how to measure what is missing here; commands are in backquotes."""
    has_legend: bool = False
    """Whether a legend is above the figures."""
    is_story: bool = False
    """Whether the points come after the sentences."""
    is_beside: bool = False
    """Whether the figures are next to the words, not below them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file inside the page, for download."""

    name: str
    title: str
    """Text of the link."""
    media_type: str
    data: bytes
    sentence: str = ""
    """Its content."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiveView:
    """Progress on the page of a running experiment, and when to reload it."""

    state: str
    refresh_s: int


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
    """A cell that failed, and the end of its worker's output."""

    cell: str
    slot: int | None
    status: str
    counts: str
    reason: str
    stderr_tail: str
