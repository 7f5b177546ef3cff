"""Trends in words: what changed, when, and what else changed with it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.analysis.comparing.run_to_run import ASSUMED_SD
from harness.report.elements import Column, FigureView, Row, Shown, Table
from harness.report.index.steps import StepView, step_views
from harness.report.index.summary_file import What
from harness.report.index.words import day, moment, shown
from harness.report.words import formatting
from harness.report.words.verdicts import percent
from harness.statistics.levels import LEVEL

if TYPE_CHECKING:
    from harness.report.index.trends import Group, Series

__all__ = [
    "Drawing",
    "TrendView",
    "drawings",
    "group_name",
    "trend_view",
]

_MAX_STRIPS = 6
_MAX_MORE = 2
"""Figures of workloads that are not the headline, because something changed in them."""
_MAX_STEPS = 12


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrendView:
    """The trends of one label on one machine."""

    anchor: str
    title: str
    subtitle: str
    steps: tuple[StepView, ...]
    sentences: tuple[str, ...]
    figures: tuple[FigureView, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure to be drawn: its name, and the series that are its strips."""

    name: str
    lines: tuple[Series, ...]
    unseen: int
    """Variants that have no strip."""


def group_name(group: Group) -> str:
    """Return what a group is called: its label, if it has one."""
    return group.label or "Without a label"


def drawings(group: Group, rank: int) -> tuple[Drawing, ...]:
    """Return the figures of a group: those of the newest headline, and of what else changed."""
    by_kind: dict[tuple[What, str, int], list[Series]] = {}
    for line in group.series:
        by_kind.setdefault((line.what, line.workload, line.threads), []).append(line)
    headline = _headline(group)
    first = [key for key in by_kind if key[1] == headline[0] and key[2] in (1, headline[1])]
    rest = [
        key
        for key, lines in by_kind.items()
        if key not in first and any(line.trend.steps for line in lines)
    ]
    found = []
    for place, key in enumerate((*first, *rest[:_MAX_MORE])):
        is_headline = place < len(first)
        lines = [line for line in by_kind[key] if is_headline or line.trend.steps]
        # Where there is no room for all, those that changed come before those that did not.
        kept = sorted(lines, key=lambda line: (not line.trend.steps, line.slot))[:_MAX_STRIPS]
        found.append(
            Drawing(
                name=f"trend-{rank}-{place}",
                lines=tuple(sorted(kept, key=lambda line: line.slot)),
                unseen=len(lines) - len(kept),
            )
        )
    return tuple(found)


def _headline(group: Group) -> tuple[str, int]:
    """Return workload and thread count of the newest answer that is a speed-up."""
    for run in reversed(group.runs):
        for variant in run.summary.variants:
            if variant.answer.what is What.SPEEDUP:
                return variant.answer.workload, variant.answer.threads
    return (group.series[0].workload, group.series[0].threads) if group.series else ("", 0)


def trend_view(group: Group, rank: int) -> TrendView:
    """Return the section of one group."""
    steps = step_views(group)
    first, last = (group.runs[place].summary.created for place in (0, -1))
    many = formatting.count(len(group.runs), "experiment")
    return TrendView(
        anchor=f"trend-{rank}",
        title=group_name(group),
        subtitle=f"{many} on {group.machine.label}, {day(first)} to {day(last)}",
        steps=steps[:_MAX_STEPS],
        sentences=tuple(_sentences(group, hidden=len(steps) - _MAX_STEPS)),
        figures=tuple(_figure(group, drawing) for drawing in drawings(group, rank)),
    )


def _sentences(group: Group, *, hidden: int) -> list[str]:
    found = []
    if hidden > 0:
        found.append(f"{formatting.count(hidden, 'more step')} are not listed.")
    if not group.series:
        found.append("No number is in three of these experiments.")
        return found
    confirmed = any(line.trend.steps for line in group.series)
    sees = [line.trend.mde for line in group.series]
    known = sorted(one for one in sees if math.isfinite(one))
    many = "one series" if len(sees) == 1 else f"{len(sees)} series"
    said = f"{'' if confirmed else 'No step: '}{many} searched together"
    if known:
        span = [percent(one) for one in (known[0], known[-1])]
        reach = span[0] if span[0] == span[1] else f"{span[0]} to {span[1]}"
        said += f"; a step of {reach} halfway would have been found in four of five"
    found.append(f"{said[0].upper()}{said[1:]}.")
    if any(line.trend.is_noise_assumed for line in group.series):
        found.append(
            "So few experiments do not show what they differ by without a cause: at least "
            f"{percent(ASSUMED_SD)} is assumed."
        )
    left = (
        (group.older, "older experiment", "{} not part of it."),
        (group.short, "experiment", "{} left out: fewer than two blocks were measured."),
        (group.unseen, "more number", "{} not searched."),
    )
    for number, noun, words in left:
        if number:
            verb = "is" if number == 1 else "are"
            found.append(words.format(f"{formatting.count(number, noun)} {verb}"))
    return found


def _figure(group: Group, drawing: Drawing) -> FigureView:
    first = drawing.lines[0]
    is_speedup = first.what is What.SPEEDUP
    with_ = formatting.count(first.threads, "thread")
    title = (
        f"{first.workload}: speed-up with {with_}"
        if is_speedup
        else f"{first.workload}: time with one thread"
    )
    said = "; ".join(_described(line) for line in drawing.lines)
    rest = f" {formatting.count(drawing.unseen, 'variant')} not drawn." if drawing.unseen else ""
    return FigureView(
        name=drawing.name,
        title=title,
        subtitle=f"{'Higher' if is_speedup else 'Lower'} is faster; a mark for each "
        f"experiment, with its own {percent(LEVEL)} interval: what experiments differ by is not "
        f"in it.{rest}",
        description=f"Strips over {formatting.count(len(group.runs), 'experiment')}. {said}.",
        table=_table(group, drawing, f"{group_name(group)}, {title}"),
    )


def _described(line: Series) -> str:
    now = shown(line.what, line.trend.levels[-1].value).value
    steps = [formatting.change(step.change).value for step in line.trend.steps]
    if not steps:
        return f"{line.variant}: {now}, no step"
    return f"{line.variant}: {now} after {formatting.listed(tuple(steps))}"


def _table(group: Group, drawing: Drawing, title: str) -> Table:
    values = [dict(zip(line.places, line.numbers, strict=True)) for line in drawing.lines]
    rows = tuple(
        Row(
            head=moment(group.runs[place].summary.created),
            slot=None,
            cells=tuple(
                shown(line.what, mine[place].estimate)
                if place in mine
                else Shown(formatting.ABSENT)
                for line, mine in zip(drawing.lines, values, strict=True)
            ),
        )
        for place in reversed(range(len(group.runs)))
    )
    columns = (
        Column(title="Experiment", is_number=False),
        *(Column(title=line.variant) for line in drawing.lines),
    )
    return Table(caption=title, columns=columns, rows=rows)
