"""One step of a trend in words: what changed, since when, and what else changed with it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.model import settings_of
from harness.report.index.summary_file import What
from harness.report.index.trends import variant_of
from harness.report.index.words import day, link, moment, shown
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.trends.trend import LevelStep
    from harness.report.index.summary_file import Summary
    from harness.report.index.trends import Group, Listed, Series

__all__ = ["StepView", "step_views"]

_MAX_OTHERS = 6


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepView:
    """A step: the number large, the sentence beside it, the page it was first seen in."""

    number: str
    interval: str
    slot: int
    name: str
    sentence: str
    when: str
    since: str
    """The same instant, as it can be sorted."""
    link: str
    is_confirmed: bool
    is_worse: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Found:
    """A step with the series it is in, and the experiment it is first seen in."""

    line: Series
    step: LevelStep
    place: int


def step_views(group: Group) -> tuple[StepView, ...]:
    """Return the steps, the newest first; what changed together in one variant is one of them."""
    together: dict[tuple[object, ...], list[_Found]] = {}
    for line in group.series:
        for step in line.trend.steps:
            one = _Found(line=line, step=step, place=line.places[step.at])
            which = (one.place, line.variant, line.what, line.threads, step.change.point > 1)
            together.setdefault((*which, step.is_confirmed), []).append(one)
    found = sorted(
        together.values(),
        key=lambda each: (
            -each[0].place,
            not each[0].step.is_confirmed,
            -max(abs(math.log(one.step.change.point)) for one in each),
        ),
    )
    return tuple(_view(group, each) for each in found)


def _view(group: Group, together: list[_Found]) -> StepView:
    first, *others = together
    line, step = first.line, first.step
    place = line.trend.steps.index(step)
    before, after = line.trend.levels[place : place + 2]
    old, new = group.runs[line.places[step.at - 1]], group.runs[first.place]
    is_more = step.change.point > 1
    if line.what is What.SPEEDUP:
        said = (
            f"gains {'more' if is_more else 'less'} with {formatting.count(line.threads, 'thread')}"
        )
    else:
        said = f"is {'slower' if is_more else 'faster'} with one thread"
    values = [shown(line.what, level.value).text for level in (before, after)]
    counts = [formatting.count(before.stop - before.start, "experiment"), after.stop - after.start]
    levels = f"{values[0]} in {counts[0]} before, {values[1]} in {counts[1]} since"
    parts = [f"{line.workload} {said}: {levels}."]
    if others:
        named = [
            f"{one.line.workload} ({formatting.change(one.step.change).value})" for one in others
        ]
        more = len(named) - _MAX_OTHERS
        if more > 0:
            named[_MAX_OTHERS:] = [f"{more} more"]
        parts.append(f"So {'are' if len(others) > 1 else 'is'} {formatting.listed(tuple(named))}.")
    parts.append(_causes(old, new, line.variant))
    if not step.is_confirmed:
        since = after.stop - after.start == 1
        parts.append(f"Not confirmed: only one experiment {'since' if since else 'before'}.")
    change = formatting.change(step.change)
    return StepView(
        number=change.value,
        interval=change.full_note,
        slot=line.slot,
        name=line.variant,
        sentence=" ".join(parts),
        when=day(new.summary.created),
        since=moment(new.summary.created),
        link=link(new.folder),
        is_confirmed=step.is_confirmed,
        is_worse=line.is_worse(step),
    )


def _causes(old: Listed, new: Listed, label: str) -> str:
    """Return what else is different between two experiments that follow each other."""
    found = _differences(old.summary, new.summary, label)
    if not found:
        return "The build, the kernel and the code of the workloads are the same."
    # That it came in between is all that is known of it.
    return f"In between, {formatting.listed(found)}."


def _differences(old: Summary, new: Summary, label: str) -> tuple[str, ...]:
    found = []
    was, now = variant_of(old, label), variant_of(new, label)
    if was is not None and now is not None:
        if (was.implementation, was.version) != (now.implementation, now.version):
            found.append(f"the build changed: {was.version} → {now.version}")
        elif was.digest != now.digest:
            found.append(f"it is another build of {now.version}")
        if was.environment != now.environment:
            none = "nothing"
            found.append(
                f"the environment changed: {was.environment or none} → {now.environment or none}"
            )
    if old.machine.kernel != new.machine.kernel:
        found.append(f"the kernel changed: {old.machine.kernel} → {new.machine.kernel}")
    if old.code != new.code:
        found.append("the code of the workloads changed")
    settings = zip(settings_of(old), settings_of(new), strict=True)
    found += [f"the {was.title} changed" for was, now in settings if was.value != now.value]
    return tuple(found)
