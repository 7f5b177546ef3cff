"""The index of all pages as a value: strings, flags, links and figure names only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.report.elements import Answer
from harness.report.index import trend_words
from harness.report.index.tables import (
    MAX_COLUMNS,
    MAX_ROWS,
    LinkTable,
    basis,
    comparison_table,
    experiment_tables,
    noise_table,
    number,
)
from harness.report.index.words import day, elided, link
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.index.summary_file import CompareSummary, Summary
    from harness.report.index.trend_words import TrendView
    from harness.report.index.trends import Group, Listed

__all__ = ["MAX_GROUPS", "IndexView", "Newest", "Pages", "index_view"]

MAX_GROUPS = 4
"""Labels whose trends are drawn."""
_MAX_OTHERS = 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pages:
    """What was found in the folder of reports."""

    experiments: tuple[Listed, ...]
    comparisons: tuple[tuple[str, CompareSummary], ...]
    """Each with the name of its folder."""
    others: tuple[str, ...]
    """Folders with a page and no summary that can be read."""
    refused: tuple[str, ...] = ()
    """Links, which are not followed."""

    @property
    def newest_first(self) -> tuple[Listed, ...]:
        """Return the experiments, the newest first."""
        return tuple(sorted(self.experiments, key=_when, reverse=True))

    @property
    def real(self) -> tuple[Listed, ...]:
        """Return those that are no A/A experiments, the newest first."""
        return tuple(one for one in self.newest_first if not one.summary.is_aa)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Newest:
    """The answer of the newest experiment."""

    title: str
    subtitle: str
    link: str
    grade: str
    state: str
    answers: tuple[Answer, ...]
    more: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class IndexView:
    """Everything the index says, in the order it says it."""

    title: str
    subtitle: str
    newest: Newest | None
    changes: str
    """How many steps the trends have."""
    slots: int
    """Marks that the page needs."""
    recent: LinkTable | None
    older: LinkTable | None
    beyond: str
    trends: tuple[TrendView, ...]
    omitted_note: str
    """Labels whose trends are left out."""
    comparisons: LinkTable | None
    noises: LinkTable | None
    others: tuple[tuple[str, str], ...]
    """Name and link of pages without a summary."""
    notes: tuple[str, ...]


def index_view(pages: Pages, groups: Sequence[Group]) -> IndexView:
    """Return the index of the pages; ``groups`` are their trends."""
    newest_first, real = pages.newest_first, pages.real
    trends = tuple(
        trend_words.trend_view(group, rank) for rank, group in enumerate(groups[:MAX_GROUPS])
    )
    recent, older = experiment_tables(real)
    beyond = len(real) - MAX_ROWS
    return IndexView(
        title="Experiments",
        subtitle=_subtitle(newest_first, len(pages.comparisons)),
        newest=_newest(real[0]) if real else None,
        changes=_changes(trends),
        slots=_slots(real, groups),
        recent=recent,
        older=older,
        beyond=f"{formatting.count(beyond, 'page')} still older, not listed." if beyond > 0 else "",
        trends=trends,
        omitted_note=_omitted_note(groups),
        comparisons=comparison_table(pages.comparisons),
        noises=noise_table([one for one in newest_first if one.summary.is_aa]),
        others=tuple((elided(name), link(name)) for name in pages.others[:_MAX_OTHERS]),
        notes=_notes(pages),
    )


def _when(one: Listed) -> tuple[str, str, str]:
    return one.summary.created, one.summary.id, one.folder


def _subtitle(newest_first: Sequence[Listed], compared: int) -> str:
    if not newest_first:
        return formatting.count(compared, "comparison") if compared else "No page yet"
    machines = {one.summary.machine.label for one in newest_first}
    parts = [formatting.count(len(newest_first), "experiment")]
    parts += [formatting.count(compared, "comparison")] if compared else []
    where = next(iter(machines)) if len(machines) == 1 else f"{len(machines)} machines"
    days = dict.fromkeys(day(one.summary.created) for one in (newest_first[-1], newest_first[0]))
    return f"{formatting.listed(tuple(parts))} · {where} · {' to '.join(days)}"


def _newest(one: Listed) -> Newest:
    summary = one.summary
    answers = tuple(
        Answer(
            label=variant.label,
            slot=slot,
            what="",
            number=number(variant.answer).value,
            interval=number(variant.answer).full_note,
            basis=basis(variant.answer),
            clauses=(variant.answer.sentence,),
        )
        for slot, variant in enumerate(summary.variants[:MAX_COLUMNS])
    )
    hidden = len(summary.variants) - len(answers)
    return Newest(
        title=elided(summary.label) or "What the GIL does on this machine",
        subtitle=f"{summary.machine.label} · {day(summary.created)}",
        link=link(one.folder),
        grade=summary.grade,
        state=_blocks(summary),
        answers=answers,
        more=f"{formatting.count(hidden, 'more variant')} on its page." if hidden else "",
    )


def _blocks(summary: Summary) -> str:
    done, planned = summary.blocks_done, summary.blocks_planned
    if summary.is_complete:
        return formatting.count(done, "block")
    return f"partial: {done} of {formatting.count(planned, 'block')}"


def _changes(trends: tuple[TrendView, ...]) -> str:
    found = [step for trend in trends for step in trend.steps]
    if not found:
        return ""
    newest = max(found, key=lambda step: step.since)
    steps = formatting.count(len(found), "step change")
    return f"{steps} in the trends, the newest since {newest.when}: {newest.name}, {newest.number}."


def _slots(real: Sequence[Listed], groups: Sequence[Group]) -> int:
    in_trends = [line.slot + 1 for group in groups[:MAX_GROUPS] for line in group.series]
    in_newest = [min(MAX_COLUMNS, len(real[0].summary.variants))] if real else []
    return max((*in_trends, *in_newest), default=0)


def _omitted_note(groups: Sequence[Group]) -> str:
    rest = [trend_words.group_name(group) for group in groups[MAX_GROUPS:]]
    if not rest:
        return ""
    named = formatting.listed(tuple(elided(name) for name in rest[:MAX_COLUMNS]))
    more = f" and {len(rest) - MAX_COLUMNS} others" if len(rest) > MAX_COLUMNS else ""
    return f"Left out, as they were not measured lately: {named}{more}."


def _notes(pages: Pages) -> tuple[str, ...]:
    found = []
    hidden = len(pages.others) - _MAX_OTHERS
    if hidden > 0:
        found.append(f"{formatting.count(hidden, 'more page')} of other versions, not listed.")
    if pages.refused:
        many = formatting.count(len(pages.refused), "link")
        found.append(f"{many} in this folder: links are not followed.")
    return tuple(found)
