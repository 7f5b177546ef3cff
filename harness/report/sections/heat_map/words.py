"""Every workload under every variant at a glance: the words around the two heat maps."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from harness.model import Decision, Scale
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
    "that matters; a speed-up is grey where it does not scale. A dashed frame means not resolved, "
    "a dash no result. A workload that waits or that has fixed work per thread is counted by the "
    "work it gets done."
)
_NAMES: dict[Scale | Decision | None, str] = {
    **{word: str(word) for word in Scale},
    Decision.FASTER: "faster",
    Decision.EQUIVALENT: "unchanged",
    Decision.SLOWER: "slower",
    Decision.UNRESOLVED: "not resolved",
    None: "not judged",
}
_ABSENT = (
    "No workload was run with one thread and with several, nor under two interpreters: "
    "`nox -s bench -- --interpreter 3.14 --interpreter 3.14t --threads 1,2` measures both."
)


def section(analysis: Analysis) -> Section:
    """Return the section; it says how to get it where there is nothing to compare."""
    heat_maps = maps(analysis)
    return Section(
        anchor="heat-map",
        title="Every workload at a glance",
        sentences=(_HOW, *_own_threads(heat_maps)) if heat_maps else (),
        figures=tuple(_figure(analysis, heat_map) for heat_map in heat_maps),
        absent="" if heat_maps else _ABSENT,
    )


def heading(row: HeatRow) -> str:
    """Return what a row is called: the workload, with its threads where they are its own."""
    name = row.benchmark.workload
    return f"{name} ({series.how(row.benchmark)})" if row.own_threads else name


def _own_threads(heat_maps: tuple[HeatMap, ...]) -> tuple[str, ...]:
    """Return which rows are not at the number of threads that the others are."""
    rows = [row for heat in heat_maps if not heat.is_time for row in heat.rows if row.own_threads]
    if not rows:
        return ()
    named = formatting.listed(
        tuple(f"{row.benchmark.workload} ({row.benchmark.threads})" for row in rows)
    )
    verb = "brings" if len(rows) == 1 else "bring"
    return (f"{named} {verb} a number of threads of its own, against one after another.",)


def _figure(analysis: Analysis, heat_map: HeatMap) -> FigureView:
    if heat_map.is_time:
        title = "Time with one thread, against the baseline"
        baseline = analysis.manifest.plan.baseline
        subtitle = f"Time ÷ that of {baseline}; below 1 (blue) is faster"
    else:
        title = f"Speed-up with {heat_map.threads} threads"
        subtitle = f"Over one thread of the same interpreter; {where(analysis, heat_map.threads)}"
    return FigureView(
        name=heat_map.name,
        title=title,
        subtitle=subtitle,
        description=_description(heat_map, title),
        table=_table(heat_map, f"{title}. {subtitle}"),
        csv=_csv(heat_map),
    )


def _description(heat_map: HeatMap, title: str) -> str:
    """Return in words what the colours show: for each variant how many, and between what."""
    parts = []
    for place, (label, _) in enumerate(heat_map.columns):
        tiles = [(row, row.tiles[place]) for row in heat_map.rows]
        known = [(row, tile) for row, tile in tiles if tile.estimate is not None]
        counts = [_counts([tile for _, tile in known]), _range(known)] if known else ["no result"]
        parts.append(f"{label}: {', '.join(counts)}")
    rows = formatting.count(len(heat_map.rows), "workload")
    return f"{title}: a map of {rows} by {len(heat_map.columns)}. {'; '.join(parts)}."


def _counts(tiles: list[Tile]) -> str:
    given = collections.Counter(tile.scaling or tile.decision for tile in tiles)
    named = collections.Counter[str]()
    for key, name in _NAMES.items():
        named[name] += given[key]
    counts = tuple(f"{count} {name}" for name, count in named.items() if count)
    return formatting.listed(counts)


def _range(known: list[tuple[HeatRow, Tile]]) -> str:
    sizes = [tile.estimate.point if tile.estimate else 0.0 for _, tile in known]
    ends = [known[sizes.index(min(sizes))], known[sizes.index(max(sizes))]]
    words = [f"{formatting.factor(tile.estimate).text} ({heading(row)})" for row, tile in ends]
    return words[0] if len(known) == 1 else f"from {words[0]} to {words[1]}"


def _table(heat_map: HeatMap, caption: str) -> Table:
    titles = (Column(title=label) for label, _ in heat_map.columns)
    n = n_said(tile.estimate for tile in heat_map.tiles)
    return Table(
        caption=caption,
        columns=(Column(title="Workload", is_number=False), *titles),
        rows=tuple(
            Row(head=heading(row), slot=None, cells=tuple(map(_cell, row.tiles)))
            for row in heat_map.rows
        ),
        note=f"Typical ratios within a block and their intervals; {n}." if n else "",
    )


def _cell(tile: Tile) -> Shown:
    if tile.estimate is None:
        return Shown(formatting.ABSENT, "failed" if tile.has_failed else "")
    shown = with_n(formatting.factor(tile.estimate), tile.estimate)
    return shown._replace(note=f"{shown.note}{tile.remark}") if tile.remark else shown


def _csv(heat_map: HeatMap) -> str:
    header = ("workload", "mode", "threads", "variant", "ratio", "low", "high", "level", "n")
    rows = []
    for row in heat_map.rows:
        ran = (row.benchmark.workload, str(row.benchmark.mode), row.benchmark.threads)
        for (label, _), tile in zip(heat_map.columns, row.tiles, strict=True):
            known = tile.estimate
            numbers = (*csv_text.trio(known), *((known.level, known.n) if known else (None, None)))
            verdict = None if tile.decision is None else str(tile.decision)
            scaling = None if tile.scaling is None else str(tile.scaling)
            rows.append((*ran, label, *numbers, verdict, scaling))
    return csv_text.csv_text((*header, "verdict", "scaling"), rows)
