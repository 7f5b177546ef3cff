"""The index of all pages as a value: strings, flags, links and figure names only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import MIN_NOISE_BLOCKS
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
    title_of,
)
from harness.report.index.words import day, elided, link
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.index.summary_file import CompareSummary, Summary
    from harness.report.index.trend_words import TrendView
    from harness.report.index.trends import Group, Listed

__all__ = ["MAX_GROUPS", "IndexView", "Newest", "Pages", "index_view"]

MAX_GROUPS = 4
"""Labels whose trends are drawn."""
_MAX_OTHERS = 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages in the folder of reports."""

    experiments: tuple[Listed, ...]
    comparisons: tuple[tuple[str, CompareSummary], ...]
    """Each with the name of its folder."""
    others: tuple[str, ...]
    """Folders with a page but without a readable summary."""
    refused: tuple[str, ...] = ()
    """Links, which are not followed."""

    @property
    def newest_first(self) -> tuple[Listed, ...]:
        """Return the experiments, the newest first."""
        return tuple(sorted(self.experiments, key=_order, reverse=True))

    @property
    def real(self) -> tuple[Listed, ...]:
        """Return those that are no A/A experiments, the newest first."""
        return tuple(listed for listed in self.newest_first if not listed.summary.is_aa)


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
    newer: str
    """How many newer experiments are less certain."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class IndexView:
    """Everything on the index, in its order."""

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
    leading = _leading(real)
    trends = tuple(
        trend_words.trend_view(group, rank) for rank, group in enumerate(groups[:MAX_GROUPS])
    )
    recent, older = experiment_tables(real)
    beyond = len(real) - MAX_ROWS
    return IndexView(
        title="Experiments",
        subtitle=_subtitle(newest_first, len(pages.comparisons)),
        newest=_newest(leading, newer=real.index(leading)) if leading else None,
        changes=_changes(trends),
        slots=_slots(leading, groups),
        recent=recent,
        older=older,
        beyond=f"{formatting.count(beyond, 'page')} still older, not listed." if beyond > 0 else "",
        trends=trends,
        omitted_note=_omitted_note(groups),
        comparisons=comparison_table(pages.comparisons),
        noises=noise_table([listed for listed in newest_first if listed.summary.is_aa]),
        others=tuple((elided(name), link(name)) for name in pages.others[:_MAX_OTHERS]),
        notes=tuple(_notes(pages)),
    )


def _order(listed: Listed) -> tuple[str, str, str]:
    return listed.summary.created, listed.summary.id, listed.folder


def _subtitle(newest_first: Sequence[Listed], comparisons: int) -> str:
    compared = formatting.count(comparisons, "comparison")
    if not newest_first:
        return compared if comparisons else "No page yet"
    machines = {listed.summary.machine.label for listed in newest_first}
    parts = [formatting.count(len(newest_first), "experiment"), *([compared] * bool(comparisons))]
    where = next(iter(machines)) if len(machines) == 1 else f"{len(machines)} machines"
    days = dict.fromkeys(day(newest_first[place].summary.created) for place in (-1, 0))
    return f"{formatting.listed(tuple(parts))} · {where} · {' to '.join(days)}"


def _leading(real: Sequence[Listed]) -> Listed | None:
    """Return the newest experiment to rely on; without one, the newest with an interval, or any.

    A quick look that was made after a thorough experiment does not take its place.
    """
    sound = (listed for listed in real if not _doubts(listed.summary))
    brief = (listed for listed in real if listed.summary.blocks_done > 1)
    return next(sound, None) or next(brief, None) or (real[0] if real else None)


def _doubts(summary: Summary) -> bool:
    is_quick = summary.preset == "fast" or summary.blocks_done < MIN_NOISE_BLOCKS
    return is_quick or summary.grade == "D"


def _newest(newest: Listed, *, newer: int) -> Newest:
    summary, variants = newest.summary, newest.summary.variants
    shown = [number(variant.answer) for variant in variants[:MAX_COLUMNS]]
    hidden = len(variants) - len(shown)
    blocks = formatting.count(summary.blocks_planned, "block")
    return Newest(
        title=elided(title_of(summary)),
        subtitle=f"{summary.machine.label} · {day(summary.created)}",
        link=link(newest.folder),
        grade=summary.grade,
        state=formatting.count(summary.blocks_done, "block")
        if summary.is_complete
        else f"partial: {summary.blocks_done} of {blocks}",
        answers=tuple(
            Answer(
                label=variant.label,
                slot=slot,
                what="",
                number=result.value,
                interval=result.full_note,
                basis=basis(variant.answer),
                clauses=(variant.answer.sentence,),
            )
            for slot, (variant, result) in enumerate(zip(variants, shown, strict=False))
        ),
        more=f"{formatting.count(hidden, 'more variant')} on its page." if hidden else "",
        newer=f"Newer, but less certain: {formatting.count(newer, 'experiment')} (grade D, --fast, "
        f"or fewer than {MIN_NOISE_BLOCKS} blocks)."
        if newer
        else "",
    )


def _changes(trends: tuple[TrendView, ...]) -> str:
    steps = [step for trend in trends for step in trend.steps]
    if not steps:
        return ""
    newest = max(steps, key=lambda step: step.since)
    changes = formatting.count(len(steps), "step change")
    return (
        f"{changes} in the trends, the newest since {newest.when}: {newest.name}, {newest.number}."
    )


def _slots(leading: Listed | None, groups: Sequence[Group]) -> int:
    in_trends = [line.slot + 1 for group in groups[:MAX_GROUPS] for line in group.series]
    in_newest = [min(MAX_COLUMNS, len(leading.summary.variants))] if leading else []
    return max((*in_trends, *in_newest), default=0)


def _omitted_note(groups: Sequence[Group]) -> str:
    rest = [trend_words.group_name(group) for group in groups[MAX_GROUPS:]]
    if not rest:
        return ""
    named = formatting.listed(tuple(elided(name) for name in rest[:MAX_COLUMNS]))
    more = f" and {len(rest) - MAX_COLUMNS} others" if len(rest) > MAX_COLUMNS else ""
    return f"Left out, as they were not measured lately: {named}{more}."


def _notes(pages: Pages) -> Iterator[str]:
    hidden = len(pages.others) - _MAX_OTHERS
    if hidden > 0:
        yield f"{formatting.count(hidden, 'more page')} of other versions, not listed."
    if pages.refused:
        links = formatting.count(len(pages.refused), "link")
        yield f"{links} in this folder: links are not followed."
