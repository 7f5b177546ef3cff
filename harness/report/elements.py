"""The pieces a page is made of: frozen values that hold nothing but what is shown."""

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
    "LegendItem",
    "Link",
    "LiveView",
    "ReasonView",
    "Row",
    "Section",
    "Shown",
    "Snippet",
    "Table",
    "Trouble",
]

_NBSP = "\u00a0"


class Shown(NamedTuple):
    """A number ready to be read: its value with unit, and its interval or why it has none."""

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
        """Return the note as it is read outside of tables."""
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
    """One variant's answer: the number large, the sentence beside it."""

    label: str
    slot: int
    what: str
    """What the number is, such as ``speed-up with 2 threads``."""
    number: str
    interval: str
    basis: str
    """What the interval rests on, such as ``n = 10 blocks``."""
    clauses: tuple[str, ...]
    """Of the sentence beside the number; lines break between them."""
    is_unsure: bool = False
    """The number is a speed-up of which even the direction is not resolved."""


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
    is_folded: bool = False
    """Whether it is opened by the reader: one of the long tables that are for looking up."""


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
    is_wide: bool = False
    """Whether it takes the whole width, and scrolls where that is narrow."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Link:
    """Where to read on: on this page (``#anchor``) or elsewhere (``https``)."""

    title: str
    href: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Box:
    """Words set apart: why a number is not called by its name, or how to read a table."""

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
    """A section of the page, in the order it is read: words, figures, tables, and its parts."""

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
    """Where the experiment has nothing for this section: how to get it, in one line; what stands
    between backquotes is a command."""
    has_legend: bool = False
    """Whether the variants' marks are named above the figures."""
    is_story: bool = False
    """Whether the findings come after the words, not before."""
    is_beside: bool = False
    """Whether figures stand beside the words and not below them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that the page carries inside it, to be downloaded from there."""

    name: str
    title: str
    """What the link says."""
    media_type: str
    data: bytes
    sentence: str = ""
    """What is in it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class LiveView:
    """Of a page that is made while the experiment runs: where it is, and when to look again."""

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
    """A cell that failed, and the end of what its worker said."""

    cell: str
    slot: int | None
    status: str
    counts: str
    reason: str
    stderr_tail: str
