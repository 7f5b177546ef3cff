"""What the GIL costs: the three-way split of each pair of builds, and the break-even."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.scaling_laws import Reached
from harness.model import Kind, Mode
from harness.report.elements import Box, Column, FigureView, Section, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.numbers.ceiling import ceilings, low_among
from harness.report.sections.gil_cost.numbers import halves, pairs, run_of
from harness.report.words import csv_text, formatting
from harness.report.words.verdicts import percent

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, Split
    from harness.analysis.results.scaling_laws import BreakEven
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
    all_pairs = pairs(analysis)
    return Section(
        anchor="split",
        title="What the GIL costs you",
        parts=tuple(_part(analysis, pair) for pair in all_pairs),
        absent="" if all_pairs else _ABSENT,
    )


def _part(analysis: Analysis, pair: Pair) -> Section:
    points, parts = _sentences(analysis, pair), halves(pair)
    description = " ".join(points)
    has_three = any(split.tax is not None for split in pair.splits)
    has_tax = has_three and not pair.differences
    return Section(
        anchor=pair.name,
        title=f"{pair.gil} to {pair.free_threaded}",
        points=points,
        boxes=(_no_tax(pair),) if pair.differences else (),
        sentences=(*((_TAX,) if has_tax else ()), *((_NET,) if has_three else ())),
        figures=tuple(
            _figure(analysis, part, description, is_whole=part == pair) for part in parts
        ),
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
    workloads = analysis.manifest.plan.workloads
    is_io = any(each.kind is Kind.IO for each in workloads if each.name == name)
    machine = analysis.manifest.machine
    several = [split for split in first if split.threads > 1]
    within = [split for split in several if is_io or split.threads <= machine.physical_cores]
    most = (within or first)[-1]
    sentences = [_sentence(first[0], pair, "")] if most is not first[0] else []
    sentences.append(_sentence(most, pair, "" if is_io else _crowded(most, machine)))
    return (*sentences, *_break_even(analysis, pair))


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


def _break_even(analysis: Analysis, pair: Pair) -> tuple[str, ...]:
    """Return where the pair breaks even, and what that means; nothing without intervals.

    Workloads whose scaling this machine is too poor to judge are left out.
    """
    limits = ceilings(analysis)
    groups: dict[str, list[str]] = {}
    own = [even for even in analysis.break_evens if _is_of(even, pair)]
    for workload in series.shown_workloads(analysis):
        for even in own:
            if even.workload == workload.name and not low_among(limits, workload.name):
                groups.setdefault(_where(even), []).append(workload.name)
    if not groups:
        return ()
    evens = "; ".join(
        f"{where} for {formatting.listed(tuple(names))}" for where, names in groups.items()
    )
    meaning = (
        "Break-even is the fewest threads measured at which the whole interval favours "
        f"{pair.free_threaded}. All intervals of one workload hold together at "
        f"{analysis.level * 100:g} %, and so are wider than those in the table."
    )
    return f"Break-even of {pair.free_threaded} with {pair.gil}: {evens}.", meaning


def _is_of(even: BreakEven, pair: Pair) -> bool:
    return (even.gil, even.free_threaded) == (pair.gil, pair.free_threaded)


def _where(even: BreakEven) -> str:
    if even.threads is not None:
        already = "already " if even.reached is Reached.AT_ONE else ""
        return f"{already}{formatting.count(even.threads, 'thread')}"
    if even.reached is Reached.UNRESOLVED:
        return "not resolved"
    counts = formatting.listed(tuple(str(level.threads) for level in even.levels))
    is_alone = len(even.levels) == 1
    return f"not with {counts} threads" if is_alone else f"with none of {counts} threads"


def _table(pair: Pair) -> Table:
    first = "Difference between builds" if pair.differences else "Tax"
    titles = ("Run", first, "in %", "GIL removal", "in %", "Net", "in %")
    columns = (Column(title="Workload", is_number=False), *(Column(title=name) for name in titles))
    caption = f"Time of {pair.free_threaded} against {pair.gil}: above 1 is slower, below 1 faster"
    return Table(
        caption=caption,
        columns=columns,
        rows=table_rows.grouped(
            (split.workload, None, (Shown(run_of(split)), *_parts(split))) for split in pair.splits
        ),
    )


def _parts(split: Split) -> tuple[Shown, ...]:
    parts = (split.tax, split.removal, split.net)
    return tuple(
        shown for part in parts for shown in (formatting.factor(part), formatting.change(part))
    )


def _csv(pair: Pair) -> str:
    names = ("tax", "removal", "net")
    header = ("workload", "mode", "threads", "gil_build", "free_threaded_build")
    bounds = (title for name in names for title in csv_text.bounds(name))
    rows = []
    for split in pair.splits:
        ran = (split.workload, str(split.benchmark.mode), split.threads)
        numbers = (number for name in names for number in csv_text.trio(getattr(split, name)))
        rows.append((*ran, split.gil, split.free_threaded, *numbers))
    return csv_text.csv_text((*header, *bounds), rows)
