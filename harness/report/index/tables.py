"""The tables of the index, each row a page."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from typing import TYPE_CHECKING

from harness.analysis.results.aa import FLOOR_SHARE
from harness.report.elements import Column, Shown
from harness.report.index.summary_file import What
from harness.report.index.words import MAX_LABEL_LENGTH, elided, link, shown
from harness.report.redaction import scrub
from harness.report.words import formatting
from harness.report.words.formatting import moment
from harness.report.words.short_names import short_names
from harness.report.words.titles import experiment_title
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
    "title_of",
]

MAX_ROWS = 1000
MAX_COLUMNS = 6
_RECENT = 25
_MAX_OTHERS = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class LinkRow:
    """A row whose head leads to a page."""

    head: str
    link: str
    cells: tuple[Shown, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LinkTable:
    """A table of pages."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[LinkRow, ...]
    grade_column: int | None = None
    """Which of the cells is a grade."""


_EXPERIMENT = Column(title="Experiment", is_number=False)
_MACHINE = Column(title="Machine", is_number=False)
_GRADE = Column(title="Grade", hint="How far to trust it, A to D", is_number=False)
_NOTHING = Shown(formatting.ABSENT)


def number(answer: Answered) -> Shown:
    """Return the number of an answer, or why there is none."""
    if answer.what is What.WITHHELD:
        return Shown(formatting.ABSENT, "withheld")
    return _NOTHING if answer.number is None else shown(answer.what, answer.number.estimate)


def basis(answer: Answered) -> str:
    """Return what the number of an answer was measured on."""
    match answer.what:
        case What.SPEEDUP:
            return f"{answer.workload}, {formatting.count(answer.threads, 'thread')}"
        case What.TIME:
            return f"{answer.workload}, its time"
        case What.DELAY:
            return "p99 beside one computing thread"
        case _:
            return ""


def experiment_tables(real: Sequence[Listed]) -> tuple[LinkTable | None, LinkTable | None]:
    """Return the newest experiments, and those before; ``real`` begins with the newest."""
    counts = collections.Counter(
        variant.label for listed in real for variant in listed.summary.variants
    )
    # The variants that were measured most often have a column, in the order of ``real``.
    most = dict(counts.most_common(MAX_COLUMNS))
    labels = tuple(label for label in counts if label in most)
    rows = [_row(listed, labels) for listed in real[:MAX_ROWS]]
    return (
        _experiments(rows[:_RECENT], labels, "Experiments, newest first"),
        _experiments(rows[_RECENT:], labels, "Older experiments"),
    )


def _row(listed: Listed, labels: tuple[str, ...]) -> LinkRow:
    summary = listed.summary
    answers = {variant.label: variant.answer for variant in summary.variants}
    others = [
        f"{label} {number(answer).value}"
        for label, answer in answers.items()
        if label not in labels
    ]
    more = len(others) - _MAX_OTHERS
    rest = [f"and {more} more"] if more > 0 else []
    bases = dict.fromkeys(filter(None, map(basis, answers.values())))
    return _link_row(
        listed,
        Shown(elided(title_of(summary))),
        Shown(summary.machine.label),
        Shown(summary.grade),
        _done(summary),
        Shown("; ".join(bases) or formatting.ABSENT),
        *(number(answers[label]) if label in answers else _NOTHING for label in labels),
        Shown("; ".join([*others[:_MAX_OTHERS], *rest])),
    )


def title_of(summary: Summary) -> str:
    """Return what tells an experiment from others."""
    return experiment_title(
        summary.label,
        workloads=summary.workloads or (time.workload for time in summary.times),
        variants=(variant.label for variant in summary.variants),
    )


def _link_row(listed: Listed, *cells: Shown) -> LinkRow:
    return LinkRow(
        head=moment(listed.summary.created) or elided(listed.folder),
        link=link(listed.folder),
        cells=cells,
    )


def _done(summary: Summary) -> Shown:
    done = str(summary.blocks_done)
    return Shown(done, "" if summary.is_complete else f"of {summary.blocks_planned}, partial")


def _experiments(rows: list[LinkRow], labels: tuple[str, ...], caption: str) -> LinkTable | None:
    """Return the table without the columns that tell nothing."""
    if not rows:
        return None
    values = [
        {cell.value for cell in column} for column in zip(*(row.cells for row in rows), strict=True)
    ]
    names, machines, _, _, bases, *_, others = values
    columns = {
        Column(title="What", hint="Its label, or what was measured", is_number=False): len(names)
        > 1,
        _MACHINE: len(machines) > 1,
        _GRADE: True,
        Column(title="Blocks", hint="Complete blocks that the numbers rest on"): True,
        Column(title="Speed-up of", is_number=False): len(bases) > 1,
        **{Column(title=label): True for label in labels},
        Column(title="Others", is_number=False): others != {""},
    }
    subject = "the answer of each page" if len(bases) > 1 else f"speed-up of {next(iter(bases))}"
    return LinkTable(
        caption=f"{caption}: {subject}",
        columns=(_EXPERIMENT, *(column for column, is_shown in columns.items() if is_shown)),
        rows=tuple(
            dataclasses.replace(row, cells=tuple(itertools.compress(row.cells, columns.values())))
            for row in rows
        ),
        grade_column=[*itertools.compress(columns, columns.values())].index(_GRADE),
    )


def comparison_table(compared: Sequence[tuple[str, CompareSummary]]) -> LinkTable | None:
    """Return the comparisons, the newest first."""
    if not compared:
        return None
    newest_first = sorted(compared, key=lambda pair: (pair[1].created, pair[0]), reverse=True)
    rows = tuple(
        LinkRow(
            head=_against(summary),
            link=link(folder),
            cells=(
                Shown(summary.headline),
                Shown(str(summary.changed), f"of {summary.cells}"),
                Shown("failed" if summary.failed_gates else formatting.ABSENT),
            ),
        )
        for folder, summary in newest_first[:MAX_ROWS]
    )
    columns = (
        Column(title="New against old", is_number=False),
        Column(title="Found", is_number=False),
        Column(title="Changed", hint="Cells found faster or slower"),
        Column(title="--fail-if", is_number=False),
    )
    return LinkTable(caption="Newest first", columns=columns, rows=rows)


def _against(summary: CompareSummary) -> str:
    """Return the names of both sides, cut where they do not differ."""
    sides = [" ".join(scrub(side).split()) for side in (summary.new, summary.old)]
    names = short_names(sides, longest=MAX_LABEL_LENGTH)
    return " against ".join(names[side] for side in sides)


def noise_table(newest_first: Sequence[Listed]) -> LinkTable | None:
    """Return the A/A experiments."""
    if not newest_first:
        return None
    columns = (
        _EXPERIMENT,
        _MACHINE,
        _GRADE,
        Column(title="Blocks"),
        Column(
            title="Noise floor",
            hint=f"{100 * FLOOR_SHARE:g} % of the ratios, all truly 1, are within this",
        ),
        Column(title="Called different", hint=f"At {100 * ALPHA:g} %, each comparison alone"),
    )
    rows = tuple(_noise_row(listed) for listed in newest_first[:MAX_ROWS])
    return LinkTable(caption="Newest first", columns=columns, rows=rows, grade_column=1)


def _noise_row(listed: Listed) -> LinkRow:
    summary, noise = listed.summary, listed.summary.noise
    return _link_row(
        listed,
        Shown(summary.machine.label),
        Shown(summary.grade),
        _done(summary),
        Shown(f"±{percent(noise.floor)}") if noise else _NOTHING,
        Shown(str(noise.different), f"of {noise.comparisons}") if noise else _NOTHING,
    )
