"""Trends in words: what changed, when, and what else changed with it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.analysis.comparing.run_to_run import ASSUMED_SD
from harness.report.elements import Column, FigureView, Row, Shown, Table
from harness.report.index.steps import StepView, step_views
from harness.report.index.summary_file import What
from harness.report.index.words import day, shown
from harness.report.words import formatting
from harness.report.words.formatting import moment
from harness.report.words.verdicts import percent
from harness.statistics.levels import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.trends.trend import Trend
    from harness.report.index.trends import Group, Series

__all__ = ["Drawing", "TrendView", "drawings", "group_name", "trend_view"]

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
    workload, threads = _headline(group)
    first = [key for key in by_kind if key[1] == workload and key[2] in (1, threads)]
    changed = {
        key: [line for line in lines if line.trend.steps]
        for key, lines in by_kind.items()
        if key not in first
    }
    rest = [lines for lines in changed.values() if lines][:_MAX_MORE]
    return tuple(
        _drawing(f"trend-{rank}-{place}", lines)
        for place, lines in enumerate([*(by_kind[key] for key in first), *rest])
    )


def _drawing(name: str, lines: list[Series]) -> Drawing:
    # Where there is no room for all, those that changed come before those that did not.
    kept = sorted(lines, key=lambda line: (not line.trend.steps, line.slot))[:_MAX_STRIPS]
    strips = tuple(sorted(kept, key=lambda line: line.slot))
    return Drawing(name=name, lines=strips, unseen=len(lines) - len(kept))


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
    experiments = formatting.count(len(group.runs), "experiment")
    return TrendView(
        anchor=f"trend-{rank}",
        title=group_name(group),
        subtitle=f"{experiments} on {group.machine.label}, {day(first)} to {day(last)}",
        steps=steps[:_MAX_STEPS],
        sentences=tuple(_sentences(group, hidden=len(steps) - _MAX_STEPS)),
        figures=tuple(_figure(group, drawing) for drawing in drawings(group, rank)),
    )


def _sentences(group: Group, *, hidden: int) -> Iterator[str]:
    if hidden > 0:
        yield f"{formatting.count(hidden, 'more step')} are not listed."
    if not group.series:
        yield "No number is in three of these experiments."
        return
    yield _searched([line.trend for line in group.series])
    if any(line.trend.is_noise_assumed for line in group.series):
        yield (
            "So few experiments do not show what they differ by without a cause: at least "
            f"{percent(ASSUMED_SD)} is assumed."
        )
    left_out = (
        (group.older, "older experiment", "not part of it."),
        (group.short, "experiment", "left out: fewer than two blocks were measured."),
        (group.unseen, "more number", "not searched."),
    )
    for number, noun, words in left_out:
        if number:
            yield f"{formatting.count(number, noun)} {'is' if number == 1 else 'are'} {words}"


def _searched(trends: list[Trend]) -> str:
    """Return how many series were searched, and which step would have been found."""
    start, single = ("", "One") if any(trend.steps for trend in trends) else ("No step: ", "one")
    count = single if len(trends) == 1 else len(trends)
    sentence = f"{start}{count} series searched together"
    detectable = [trend.mde for trend in trends if math.isfinite(trend.mde)]
    if not detectable:
        return f"{sentence}."
    ends = dict.fromkeys((percent(min(detectable)), percent(max(detectable))))
    reach = " to ".join(ends)
    return f"{sentence}; a step of {reach} halfway would have been found in four of five."


def _figure(group: Group, drawing: Drawing) -> FigureView:
    first = drawing.lines[0]
    title, better = f"{first.workload}: time with one thread", "Lower"
    if first.what is What.SPEEDUP:
        threads = formatting.count(first.threads, "thread")
        title, better = f"{first.workload}: speed-up with {threads}", "Higher"
    lines = "; ".join(_described(line) for line in drawing.lines)
    rest = f" {formatting.count(drawing.unseen, 'variant')} not drawn." if drawing.unseen else ""
    return FigureView(
        name=drawing.name,
        title=title,
        subtitle=f"{better} is faster; a mark for each experiment, with its own {percent(LEVEL)} "
        f"interval: what experiments differ by is not in it.{rest}",
        description=f"Strips over {formatting.count(len(group.runs), 'experiment')}. {lines}.",
        table=_table(group, drawing, f"{group_name(group)}, {title}"),
    )


def _described(line: Series) -> str:
    now = shown(line.what, line.trend.levels[-1].value).value
    steps = [formatting.change(step.change).value for step in line.trend.steps]
    if not steps:
        return f"{line.variant}: {now}, no step"
    return f"{line.variant}: {now} after {formatting.listed(tuple(steps))}"


def _table(group: Group, drawing: Drawing, title: str) -> Table:
    cells = [
        {
            place: shown(line.what, number.estimate)
            for place, number in zip(line.places, line.numbers, strict=True)
        }
        for line in drawing.lines
    ]
    rows = tuple(
        Row(
            head=moment(run.summary.created),
            slot=None,
            cells=tuple(column.get(place, Shown(formatting.ABSENT)) for column in cells),
        )
        for place, run in reversed([*enumerate(group.runs)])
    )
    columns = (
        Column(title="Experiment", is_number=False),
        *(Column(title=line.variant) for line in drawing.lines),
    )
    return Table(caption=title, columns=columns, rows=rows)
