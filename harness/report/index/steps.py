"""One step of a trend in words: what changed, since when, and what else changed with it."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, NamedTuple

from harness.model import settings_of
from harness.report.index.summary_file import What
from harness.report.index.trends import variant_of
from harness.report.index.words import day, link, shown
from harness.report.words import formatting
from harness.report.words.formatting import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.trends.trend import Level, LevelStep
    from harness.report.index.summary_file import Summary
    from harness.report.index.trends import Group, Series

__all__ = ["StepView", "step_views"]

_MAX_OTHERS = 6


@dataclasses.dataclass(frozen=True, kw_only=True)
class StepView:
    """A step: its number, its sentence, and the page it was first seen in."""

    number: str
    interval: str
    slot: int
    name: str
    sentence: str
    when: str
    since: str
    """The same instant in sortable form."""
    link: str
    is_confirmed: bool
    is_worse: bool


class _SeriesStep(NamedTuple):
    """A step with the series it is in, and the experiment it is first seen in."""

    line: Series
    step: LevelStep
    place: int


def step_views(group: Group) -> tuple[StepView, ...]:
    """Return the steps, newest first; what changed together in one variant is one of them."""
    together: dict[tuple[object, ...], list[_SeriesStep]] = {}
    for line in group.series:
        for step in line.trend.steps:
            place, is_more = line.places[step.at], step.change.point > 1
            key = (place, line.variant, line.what, line.threads, is_more, step.is_confirmed)
            together.setdefault(key, []).append(_SeriesStep(line, step, place))
    return tuple(_view(group, steps) for steps in sorted(together.values(), key=_rank))


def _rank(steps: list[_SeriesStep]) -> tuple[int, bool, float]:
    largest = max(abs(math.log(step.change.point)) for _, step, _ in steps)
    return -steps[0].place, not steps[0].step.is_confirmed, -largest


def _view(group: Group, steps: list[_SeriesStep]) -> StepView:
    (line, step, place), *others = steps
    old, new = group.runs[line.places[step.at - 1]].summary, group.runs[place].summary
    change = formatting.change(step.change)
    sentences = (_course(line, step), _company(others), _causes(old, new, line.variant))
    return StepView(
        number=change.value,
        interval=change.full_note,
        slot=line.slot,
        name=line.variant,
        sentence=" ".join(filter(None, (*sentences, _doubt(line, step)))),
        when=day(new.created),
        since=moment(new.created),
        link=link(group.runs[place].folder),
        is_confirmed=step.is_confirmed,
        is_worse=line.is_worse(step),
    )


def _around(line: Series, step: LevelStep) -> tuple[Level, ...]:
    """Return the levels before and after a step."""
    place = line.trend.steps.index(step)
    return line.trend.levels[place : place + 2]


def _course(line: Series, step: LevelStep) -> str:
    """Return what changed, and from which level to which."""
    is_more = step.change.point > 1
    change = f"is {'slower' if is_more else 'faster'} with one thread"
    if line.what is What.SPEEDUP:
        threads = formatting.count(line.threads, "thread")
        change = f"gains {'more' if is_more else 'less'} with {threads}"
    before, after = _around(line, step)
    old, new = (shown(line.what, level.value).text for level in (before, after))
    experiments = formatting.count(before.stop - before.start, "experiment")
    return (
        f"{line.workload} {change}: {old} in {experiments} before, "
        f"{new} in {after.stop - after.start} since."
    )


def _company(others: list[_SeriesStep]) -> str:
    """Return what changed with it."""
    if not others:
        return ""
    names = [
        f"{line.workload} ({formatting.change(step.change).value})" for line, step, _ in others
    ]
    if len(names) > _MAX_OTHERS:
        names[_MAX_OTHERS:] = [f"{len(names) - _MAX_OTHERS} more"]
    return f"So {'are' if len(others) > 1 else 'is'} {formatting.listed(tuple(names))}."


def _causes(old: Summary, new: Summary, label: str) -> str:
    """Return what else is different between two experiments that follow each other."""
    differences = tuple(_differences(old, new, label))
    if not differences:
        return "The build, the kernel and the code of the workloads are the same."
    # That it came in between is all that is known of it.
    return f"In between, {formatting.listed(differences)}."


def _doubt(line: Series, step: LevelStep) -> str:
    after = _around(line, step)[1]
    side = "since" if after.stop - after.start == 1 else "before"
    return "" if step.is_confirmed else f"Not confirmed: only one experiment {side}."


def _differences(old: Summary, new: Summary, label: str) -> Iterator[str]:
    was, now = variant_of(old, label), variant_of(new, label)
    if was is not None and now is not None:
        if (was.implementation, was.version) != (now.implementation, now.version):
            yield f"the build changed: {was.version} → {now.version}"
        elif was.digest != now.digest:
            yield f"it is another build of {now.version}"
        if was.environment != now.environment:
            before, after = (variant.environment or "nothing" for variant in (was, now))
            yield f"the environment changed: {before} → {after}"
    if old.machine.kernel != new.machine.kernel:
        yield f"the kernel changed: {old.machine.kernel} → {new.machine.kernel}"
    if old.code != new.code:
        yield "the code of the workloads changed"
    for old_setting, new_setting in zip(settings_of(old), settings_of(new), strict=True):
        if old_setting.value != new_setting.value:
            yield f"the {old_setting.title} changed"
