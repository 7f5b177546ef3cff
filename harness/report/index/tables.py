"""The tables of the index, each row a page."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.results.aa import FLOOR_SHARE
from harness.report.elements import Column, Shown
from harness.report.index.summary_file import What
from harness.report.index.words import elided, link, moment
from harness.report.words import formatting
from harness.report.words.verdicts import percent
from harness.statistics.levels import ALPHA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.index.summary_file import Answered, CompareSummary, Summary
    from harness.report.index.trends import Listed

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "LinkRow",
    "LinkTable",
    "basis",
    "comparison_table",
    "experiment_tables",
    "noise_table",
    "number",
]

MAX_ROWS = 1000
MAX_COLUMNS = 6
_RECENT = 25
_MAX_BESIDE = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class LinkRow:
    """A row whose head leads to a page."""

    head: str
    link: str
    title: str
    """What else the page is called."""
    cells: tuple[Shown, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LinkTable:
    """A table of pages."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[LinkRow, ...]
    grade_column: int | None = None
    """Which of the cells is a grade."""


def number(given: Answered) -> Shown:
    """Return the number of an answer, or why there is none."""
    if given.what is What.WITHHELD:
        return Shown(formatting.ABSENT, "withheld")
    if given.number is None:
        return Shown(formatting.ABSENT)
    if given.what is What.SPEEDUP:
        return formatting.factor(given.number.estimate)
    return formatting.seconds(given.number.estimate)


def basis(given: Answered) -> str:
    """Return what the number of an answer is of."""
    match given.what:
        case What.SPEEDUP:
            return f"{given.workload}, {formatting.count(given.threads, 'thread')}"
        case What.TIME:
            return f"{given.workload}, its time"
        case What.DELAY:
            return "p99 beside one computing thread"
        case _:
            return ""


def experiment_tables(real: Sequence[Listed]) -> tuple[LinkTable | None, LinkTable | None]:
    """Return the newest experiments, and those before: ``real`` are the newest first."""
    labels = _columns(real)
    rows = [_row(one, labels) for one in real[:MAX_ROWS]]
    return (
        _experiments(rows[:_RECENT], labels, "Experiments, newest first"),
        _experiments(rows[_RECENT:], labels, "Older experiments"),
    )


def _columns(real: Sequence[Listed]) -> tuple[str, ...]:
    """Return the variants that have a column: those most often measured, the newest first."""
    counts: dict[str, int] = {}
    for one in real:
        for variant in one.summary.variants:
            counts[variant.label] = counts.get(variant.label, 0) + 1
    most = sorted(counts, key=lambda label: -counts[label])[:MAX_COLUMNS]
    return tuple(label for label in counts if label in most)


def _row(one: Listed, labels: tuple[str, ...]) -> LinkRow:
    summary = one.summary
    given = {variant.label: variant.answer for variant in summary.variants}
    beside = [
        f"{label} {number(answer).value}" for label, answer in given.items() if label not in labels
    ]
    more = len(beside) - _MAX_BESIDE
    rest = "; ".join([*beside[:_MAX_BESIDE], *([f"and {more} more"] if more > 0 else [])])
    return LinkRow(
        head=moment(summary.created) or elided(one.folder),
        link=link(one.folder),
        title=summary.id,
        cells=(
            Shown(elided(summary.label) or formatting.ABSENT),
            Shown(summary.machine.label),
            Shown(summary.grade),
            _done(summary),
            Shown(_about(summary)),
            *(
                number(given[label]) if label in given else Shown(formatting.ABSENT)
                for label in labels
            ),
            Shown(rest),
        ),
    )


def _done(summary: Summary) -> Shown:
    if summary.is_complete:
        return Shown(str(summary.blocks_done))
    return Shown(str(summary.blocks_done), f"of {summary.blocks_planned}, partial")


def _about(summary: Summary) -> str:
    """Return what the numbers of a row are of."""
    said = dict.fromkeys(basis(variant.answer) for variant in summary.variants)
    return "; ".join(filter(None, said)) or formatting.ABSENT


_LABEL, _MACHINE, _GRADE, _ABOUT, _REST = 0, 1, 2, 4, -1


def _experiments(rows: list[LinkRow], labels: tuple[str, ...], caption: str) -> LinkTable | None:
    """Return the table; columns that say nothing are left out."""
    if not rows:
        return None
    columns = (
        Column(title="Label", is_number=False),
        Column(title="Machine", is_number=False),
        Column(title="Grade", hint="How far to trust it, A to D", is_number=False),
        Column(title="Blocks", hint="Complete blocks that the numbers rest on"),
        Column(title="Speed-up of", is_number=False),
        *(Column(title=label) for label in labels),
        Column(title="Others", is_number=False),
    )
    values = [{row.cells[place].value for row in rows} for place in range(len(columns))]
    empty = [
        place
        for place, is_empty in (
            (_LABEL, values[_LABEL] == {formatting.ABSENT}),
            (_MACHINE, len(values[_MACHINE]) == 1),
            (_ABOUT, len(values[_ABOUT]) == 1),
            (len(columns) + _REST, values[_REST] == {""}),
        )
        if is_empty
    ]
    kept = [place for place in range(len(columns)) if place not in empty]
    return LinkTable(
        caption=f"{caption}: {_only(values[_ABOUT])}",
        columns=(Column(title="Experiment", is_number=False), *(columns[one] for one in kept)),
        rows=tuple(
            dataclasses.replace(row, cells=tuple(row.cells[one] for one in kept)) for row in rows
        ),
        grade_column=kept.index(_GRADE),
    )


def _only(about: set[str]) -> str:
    """Return what all numbers are of, where that is one thing."""
    return f"speed-up of {next(iter(about))}" if len(about) == 1 else "the answer of each page"


def comparison_table(compared: Sequence[tuple[str, CompareSummary]]) -> LinkTable | None:
    """Return the comparisons, the newest first."""
    if not compared:
        return None
    newest_first = sorted(compared, key=lambda one: (one[1].created, one[0]), reverse=True)
    rows = tuple(
        LinkRow(
            head=f"{elided(one.new)} against {elided(one.old)}",
            link=link(folder),
            title="",
            cells=(
                Shown(one.headline),
                Shown(str(one.changed), f"of {one.cells}"),
                Shown("failed" if one.failed_gates else formatting.ABSENT),
            ),
        )
        for folder, one in newest_first[:MAX_ROWS]
    )
    columns = (
        Column(title="New against old", is_number=False),
        Column(title="Found", is_number=False),
        Column(title="Changed", hint="Cells found faster or slower"),
        Column(title="--fail-if", is_number=False),
    )
    return LinkTable(caption="Newest first", columns=columns, rows=rows)


def noise_table(found: Sequence[Listed]) -> LinkTable | None:
    """Return the A/A experiments: ``found`` are the newest first."""
    if not found:
        return None
    rows = []
    for one in found[:MAX_ROWS]:
        summary, noise = one.summary, one.summary.noise
        called = Shown(formatting.ABSENT)
        if noise is not None:
            called = Shown(str(noise.different), f"of {noise.comparisons}")
        rows.append(
            LinkRow(
                head=moment(summary.created) or elided(one.folder),
                link=link(one.folder),
                title=summary.id,
                cells=(
                    Shown(summary.machine.label),
                    Shown(summary.grade),
                    _done(summary),
                    Shown(f"±{percent(noise.floor)}" if noise else formatting.ABSENT),
                    called,
                ),
            )
        )
    columns = (
        Column(title="Experiment", is_number=False),
        Column(title="Machine", is_number=False),
        Column(title="Grade", hint="How far to trust it, A to D", is_number=False),
        Column(title="Blocks"),
        Column(
            title="Noise floor",
            hint=f"{100 * FLOOR_SHARE:g} % of the ratios, all truly 1, are within this",
        ),
        Column(title="Called different", hint=f"At {100 * ALPHA:g} %, each comparison alone"),
    )
    return LinkTable(caption="Newest first", columns=columns, rows=tuple(rows), grade_column=1)
