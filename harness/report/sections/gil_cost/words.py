"""What the GIL costs: the three-way split of each pair of builds, and the break-even."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind, Mode
from harness.report.elements import Box, Column, FigureView, Row, Section, Shown, Table
from harness.report.sections.gil_cost.break_even import break_even_sentences
from harness.report.sections.gil_cost.numbers import halves, pairs, run_of
from harness.report.words import csv_text, formatting
from harness.report.words.verdicts import percent

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Split
    from harness.model import Machine
    from harness.report.sections.gil_cost.numbers import Pair

__all__ = ["section"]

_SPACE = "\u00a0"
_ABSENT = (
    "It takes a build with the GIL and a free-threaded one: "
    "`nox -s bench -- --interpreter 3.14 --interpreter 3.14t`"
)
_TAX = (
    "The tax is what the free-threaded build costs with its GIL still on. Removal is what the "
    "same binary gains when the GIL goes."
)
_NET = "The net is the product of the two, exactly so where all three rest on the same blocks."


def section(analysis: Analysis) -> Section:
    """Return the section: a part for each pair of a build with the GIL and one without."""
    found = pairs(analysis)
    return Section(
        anchor="split",
        title="What the GIL costs you",
        parts=tuple(_part(analysis, pair) for pair in found),
        absent="" if found else _ABSENT,
    )


def _part(analysis: Analysis, pair: Pair) -> Section:
    points, parts = _sentences(analysis, pair), halves(pair)
    said = " ".join(points)
    has_three = any(split.tax is not None for split in pair.splits)
    has_tax = has_three and not pair.differences
    return Section(
        anchor=pair.name,
        title=f"{pair.gil} to {pair.free_threaded}",
        points=points,
        boxes=(_no_tax(pair),) if pair.differences else (),
        sentences=(*((_TAX,) if has_tax else ()), *((_NET,) if has_three else ())),
        figures=tuple(_figure(analysis, one, said, is_whole=one == pair) for one in parts),
        is_beside=len(parts) == 1,
    )


def _figure(analysis: Analysis, part: Pair, description: str, *, is_whole: bool) -> FigureView:
    first, last = part.splits[0].workload, part.splits[-1].workload
    which = "" if is_whole else f": {first if first == last else f'{first} to {last}'}"
    return FigureView(
        name=part.name,
        title=f"Time of {part.free_threaded} against {part.gil}{which}",
        subtitle=(
            f"Left of 1 is faster, right of 1 slower; the band is ±{percent(analysis.threshold)}"
        ),
        description=description,
        table=_table(part),
        csv=_csv(part),
    )


def _no_tax(pair: Pair) -> Box:
    return Box(
        title="Not called a tax",
        sentence=(
            "The two builds differ in more than the GIL, and every number here but GIL removal "
            f"holds that too ({pair.gil} / {pair.free_threaded}):"
        ),
        items=pair.differences,
        is_warning=True,
    )


def _sentences(analysis: Analysis, pair: Pair) -> tuple[str, ...]:
    """Return the split of the first workload with one thread and with as many as fit."""
    name = pair.splits[0].workload
    first = [split for split in pair.splits if split.workload == name]
    is_io = any(one.kind is Kind.IO for one in analysis.manifest.plan.workloads if one.name == name)
    machine = analysis.manifest.machine
    several = [one for one in first if one.threads > 1]
    within = [one for one in several if is_io or one.threads <= machine.physical_cores]
    most = (within or first)[-1]
    crowded = "" if is_io else _crowded(most, machine)
    said = [_sentence(first[0], pair, "")] if most is not first[0] else []
    said.append(_sentence(most, pair, crowded))
    said += break_even_sentences(analysis, pair)
    return tuple(said)


def _crowded(split: Split, machine: Machine) -> str:
    if split.threads > machine.usable_cpus:
        return ", more threads than CPUs"
    return ", more threads than cores" if split.threads > machine.physical_cores else ""


def _sentence(split: Split, pair: Pair, crowded: str) -> str:
    name = "difference between builds" if pair.differences else "tax"
    parts: list[formatting.Clause] = [
        (f"{title}{_SPACE}", formatting.change(estimate))
        for title, estimate in (
            (name, split.tax),
            ("GIL removal", split.removal),
            ("net", split.net),
        )
        if estimate is not None
    ]
    *others, last = parts or [("no pair of processes succeeded",)]
    texts = formatting.clause_texts([*others, (*last, ".")])
    is_sequential = split.benchmark.mode is Mode.SERIAL
    run = "run one after another" if is_sequential else f"with {run_of(split)}"
    return f"Time of {split.workload} {run}{crowded}: {formatting.listed(texts)}"


def _table(pair: Pair) -> Table:
    """Return the split in ratios of times and in percent, one row per benchmark."""
    first = "Difference between builds" if pair.differences else "Tax"
    titles = ("Run", first, "in %", "GIL removal", "in %", "Net", "in %")
    previous, rows = "", []
    for split in pair.splits:
        rows.append(
            Row(
                head=split.workload,
                slot=None,
                cells=(Shown(run_of(split)), *_parts(split)),
                starts_group=split.workload != previous,
            ),
        )
        previous = split.workload
    columns = (Column(title="Workload", is_number=False), *(Column(title=name) for name in titles))
    caption = f"Time of {pair.free_threaded} against {pair.gil}: above 1 is slower, below 1 faster"
    return Table(caption=caption, columns=columns, rows=tuple(rows))


def _parts(split: Split) -> tuple[Shown, ...]:
    parts = (split.tax, split.removal, split.net)
    return tuple(
        shown for part in parts for shown in (formatting.factor(part), formatting.change(part))
    )


def _csv(pair: Pair) -> str:
    """Return a row for each benchmark of a pair of builds: ratios of times."""
    header = (
        *("workload", "mode", "threads", "gil_build", "free_threaded_build"),
        *(name for part in ("tax", "removal", "net") for name in csv_text.bounds(part)),
    )
    rows = [
        (
            *(one.workload, str(one.benchmark.mode), one.threads, one.gil, one.free_threaded),
            *(bound for part in (one.tax, one.removal, one.net) for bound in csv_text.trio(part)),
        )
        for one in pair.splits
    ]
    return csv_text.csv_text(header, rows)
