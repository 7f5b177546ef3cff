"""Every workload under every variant at a glance: the words around the two heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Decision
from harness.report.elements import Column, FigureView, Row, Section, Shown, Table
from harness.report.numbers import series
from harness.report.numbers.thread_choice import n_said, where, with_n
from harness.report.sections.heat_map.numbers import maps
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.report.sections.heat_map.numbers import HeatMap, HeatRow, Tile

__all__ = ["heading", "section"]

_HOW = (
    "A tile is coloured where the verdict is: blue is faster, orange slower, grey no difference "
    "that matters. A dashed frame means not resolved, a dash no result. A workload that waits or "
    "that has fixed work per thread is counted by the work it gets done."
)
_ABSENT = (
    "No workload was run with one thread and with several, nor under two interpreters: "
    "`nox -s bench -- --interpreter 3.14 --interpreter 3.14t --threads 1,2` measures both."
)


def section(analysis: Analysis) -> Section:
    """Return the section; it says how to get it where there is nothing to compare."""
    found = maps(analysis)
    return Section(
        anchor="heat-map",
        title="Every workload at a glance",
        sentences=(_HOW, *_own_threads(found)) if found else (),
        warnings=(),
        figures=tuple(_figure(analysis, one) for one in found),
        tables=(),
        absent="" if found else _ABSENT,
    )


def heading(row: HeatRow) -> str:
    """Return what a row is called: the workload, with its threads where they are its own."""
    name = row.benchmark.workload
    return f"{name} ({series.how(row.benchmark)})" if row.own_threads else name


def _own_threads(found: tuple[HeatMap, ...]) -> tuple[str, ...]:
    """Return which rows are not at the number of threads that the others are."""
    rows = [row for one in found if not one.is_time for row in one.rows if row.own_threads]
    if not rows:
        return ()
    named = formatting.listed(
        tuple(f"{row.benchmark.workload} ({row.benchmark.threads})" for row in rows)
    )
    verb = "brings" if len(rows) == 1 else "bring"
    return (f"{named} {verb} a number of threads of its own, against one after another.",)


def _figure(analysis: Analysis, one: HeatMap) -> FigureView:
    if one.is_time:
        title = "Time with one thread, against the baseline"
        baseline = analysis.manifest.plan.baseline
        subtitle = f"Time ÷ that of {baseline}; below 1 (blue) is faster"
    else:
        title = f"Speed-up with {one.threads} threads"
        subtitle = f"Over one thread of the same interpreter; {where(analysis, one.threads)}"
    return FigureView(
        name=one.name,
        title=title,
        subtitle=subtitle,
        description=_description(one, title),
        table=_table(one, f"{title}. {subtitle}"),
        csv=_csv(one),
    )


def _description(one: HeatMap, title: str) -> str:
    """Return in words what the colours show: for each variant how many, and between what."""
    said = []
    for place, (label, _) in enumerate(one.columns):
        tiles = [(row, row.tiles[place]) for row in one.rows]
        known = [(row, tile) for row, tile in tiles if tile.estimate is not None]
        if known:
            said.append(f"{label}: {_counts([tile for _, tile in known])}, {_range(known)}")
        else:
            said.append(f"{label}: no result")
    rows = formatting.count(len(one.rows), "workload")
    return f"{title}: a map of {rows} by {len(one.columns)}. {'; '.join(said)}."


def _counts(tiles: list[Tile]) -> str:
    names = {
        Decision.FASTER: "faster",
        Decision.EQUIVALENT: "unchanged",
        Decision.SLOWER: "slower",
        Decision.UNRESOLVED: "not resolved",
        None: "not judged",
    }
    counted = {name: sum(tile.decision is one for tile in tiles) for one, name in names.items()}
    return formatting.listed(tuple(f"{count} {name}" for name, count in counted.items() if count))


def _range(known: list[tuple[HeatRow, Tile]]) -> str:
    def size(pair: tuple[HeatRow, Tile]) -> float:
        estimate = pair[1].estimate
        return estimate.point if estimate else 0.0

    ends = [min(known, key=size), max(known, key=size)]
    said = [f"{formatting.factor(tile.estimate).text} ({heading(row)})" for row, tile in ends]
    return said[0] if len(known) == 1 else f"from {said[0]} to {said[1]}"


def _table(one: HeatMap, caption: str) -> Table:
    columns = (
        Column(title="Workload", is_number=False),
        *(Column(title=label) for label, _ in one.columns),
    )
    return Table(
        caption=caption,
        columns=columns,
        rows=tuple(
            Row(head=heading(row), slot=None, cells=tuple(_cell(tile) for tile in row.tiles))
            for row in one.rows
        ),
        note=_note(one),
    )


def _note(one: HeatMap) -> str:
    said = n_said(tile.estimate for tile in one.tiles)
    return f"Typical ratios within a block and their intervals; {said}." if said else ""


def _cell(tile: Tile) -> Shown:
    if tile.estimate is None:
        return Shown(formatting.ABSENT, "failed" if tile.has_failed else "")
    shown = with_n(formatting.factor(tile.estimate), tile.estimate)
    said = "" if tile.is_resolved else ", not resolved"
    return shown._replace(note=f"{shown.note}{said}")


def _csv(one: HeatMap) -> str:
    header = ("workload", "mode", "threads", "variant", "ratio", "low", "high", "level", "n")
    rows = []
    for row in one.rows:
        benchmark = row.benchmark
        for (label, _), tile in zip(one.columns, row.tiles, strict=True):
            estimate = tile.estimate
            rest = (None, None) if estimate is None else (estimate.level, estimate.n)
            verdict = None if tile.decision is None else str(tile.decision)
            rows.append(
                (
                    *(benchmark.workload, str(benchmark.mode), benchmark.threads, label),
                    *(*csv_text.trio(estimate), *rest, verdict),
                )
            )
    return csv_text.csv_text((*header, "verdict"), rows)
