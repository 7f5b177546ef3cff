"""Can I trust this? The words and the table of the run-order chart."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from harness.report.elements import Column, FigureView, Row, Section, Shown, Table
from harness.report.sections.trust import calm
from harness.report.words import csv_text, formatting, grade

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.analysis.results.grade import MachineSample

__all__ = ["FIGURE", "canaries", "has_chart", "section"]

FIGURE = "run-order"
_TITLE = "The machine while it measured"
_ABSENT = "Nothing was seen of the machine while it measured; every new experiment has it."
_CANARY = (
    "Before each job the controller does the same small piece of work, the canary: what changes "
    "its time is the machine, not what is measured. A step or a slope here is in the numbers too; "
    "what lies in one block touches all builds alike."
)
_CANARIES = (
    "Between all values a small process on each CPU does the same small piece of work, the "
    "canary: what changes its time is the machine, not what is measured. A dot is the median "
    "before the turns of one process. What touches a whole round touches all builds alike."
)
_SEEN = ("canary_s", "load_1min", "others_cpus", "stolen")
_COLUMNS = (
    Column(title="Block", is_number=False),
    Column(title="Jobs"),
    Column(title="Canary", hint="Median time of the same small work before each job"),
    Column(title="Slowest canary", hint="Against the median of all"),
    Column(title="Load", hint="Mean load average of one minute"),
    Column(title="Others", hint="CPUs that other programs kept busy, mean"),
    Column(title="Stolen", hint="Share of all CPU time, mean"),
    Column(title="Clock", hint="Mean of the usable CPUs after each job"),
    Column(title="Heat", hint="Hottest reading after a job"),
)

_CSV = (
    *("block", "cell", "at_s", "duration_s", "own_cpus", "canary_s", "load_1min"),
    *("others_cpus", "stolen", "frequency_hz", "temperature_c"),
)
"""Columns of the CSV: fields of a sample."""


def canaries(samples: tuple[MachineSample, ...]) -> tuple[float | None, ...]:
    """Return the canary of each job as a part of the median of all."""
    known = _numbers(samples, "canary_s")
    middle = statistics.median(known) if known else 1.0
    return tuple(
        None if sample.canary_s is None else sample.canary_s / middle for sample in samples
    )


def has_chart(analysis: Analysis) -> bool:
    """Return whether anything was seen of the machine while the jobs ran."""
    return any(_numbers(analysis.samples, name) for name in _SEEN)


def section(analysis: Analysis) -> Section:
    """Return the grade, and the machine against the clock as the first of its parts."""
    shown = grade.grade_view(analysis.grade)
    sentence = (
        f"Grade {shown.letter}: {shown.sentence} The reasons stand under the answer; this is what "
        "they, and every verdict, rest on."
    )
    return Section(
        anchor="trust",
        title="Can I trust this?",
        sentences=(sentence,),
        parts=(_run_order(analysis), *calm.parts(analysis)),
    )


def _run_order(analysis: Analysis) -> Section:
    if not has_chart(analysis):
        return Section(anchor="run-order", title=_TITLE, absent=_ABSENT)
    sentence = _CANARY if analysis.calm_share is None else _CANARIES
    return Section(
        anchor="run-order", title=_TITLE, sentences=(sentence,), figures=(_figure(analysis),)
    )


def _figure(analysis: Analysis) -> FigureView:
    relative = canaries(analysis.samples)
    blocks: dict[int, list[tuple[MachineSample, float | None]]] = {}
    for sample, canary in zip(analysis.samples, relative, strict=True):
        blocks.setdefault(sample.block, []).append((sample, canary))
    rows = tuple(_row(block, pairs) for block, pairs in blocks.items())
    return FigureView(
        name=FIGURE,
        title="The canary, load and steal",
        subtitle="Jobs in the order they ran; every other block is shaded",
        description=_description(analysis.samples),
        table=Table(caption="The machine in each block", columns=_COLUMNS, rows=rows),
        csv=_csv(analysis.samples),
        is_wide=True,
    )


def _row(block: int, pairs: list[tuple[MachineSample, float | None]]) -> Row:
    mine = tuple(sample for sample, _ in pairs)
    slowest = [canary for _, canary in pairs if canary is not None]
    own = _numbers(mine, "canary_s")
    clock, heat = _mean(mine, "frequency_hz"), _numbers(mine, "temperature_c")
    stolen = _mean(mine, "stolen")
    cells = (
        str(len(mine)),
        formatting.seconds_point(statistics.median(own) if own else None),
        f"{max(slowest):.2f}×" if slowest else formatting.ABSENT,
        formatting.plain(_mean(mine, "load_1min")),
        formatting.plain(_mean(mine, "others_cpus")),
        formatting.ABSENT if stolen is None else f"{formatting.plain(100 * stolen)}\u00a0%",
        formatting.ABSENT if clock is None else f"{formatting.plain(clock / 1e9)}\u00a0GHz",
        f"{max(heat):.0f}\u00a0°C" if heat else formatting.ABSENT,
    )
    return Row(head=str(block), slot=None, cells=tuple(map(Shown, cells)))


def _description(samples: tuple[MachineSample, ...]) -> str:
    blocks = formatting.count(len({sample.block for sample in samples}), "block")
    sentences = [f"{formatting.count(len(samples), 'job')} in {blocks}, in the order they ran."]
    relative = [value for value in canaries(samples) if value is not None]
    if relative:
        own = statistics.median(_numbers(samples, "canary_s"))
        sentences.append(
            f"The canary took {min(relative):.2f} to {max(relative):.2f} times its median of "
            f"{formatting.seconds_point(own)}."
        )
    else:
        sentences.append("There is no canary.")
    loads, stolen = _numbers(samples, "load_1min"), _numbers(samples, "stolen")
    if loads:
        sentences.append(f"The load average was {min(loads):.1f} to {max(loads):.1f}.")
    if stolen:
        sentences.append(
            f"At most {formatting.plain(100 * max(stolen))}\u00a0% of CPU time was stolen."
        )
    return " ".join(sentences)


def _numbers(samples: tuple[MachineSample, ...], name: str) -> list[float]:
    return [getattr(sample, name) for sample in samples if getattr(sample, name) is not None]


def _mean(samples: tuple[MachineSample, ...], name: str) -> float | None:
    values = _numbers(samples, name)
    return statistics.fmean(values) if values else None


def _csv(samples: tuple[MachineSample, ...]) -> str:
    """Return a row for each job, in the order they ran; seconds to the microsecond."""
    rows = []
    for sample in samples:
        values = (getattr(sample, name) for name in _CSV)
        rows.append([round(value, 6) if isinstance(value, float) else value for value in values])
    return csv_text.csv_text(_CSV, rows)
