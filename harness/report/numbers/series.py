"""What the figures draw, still as numbers: lines of points, picked out of the analysis."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol, TypeVar

from harness.model import MODES, Estimate, Kind, Mode
from harness.report.words import formatting
from harness.report.words.file_names import slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Benchmark, Workload

__all__ = [
    "QUOTIENT",
    "Chart",
    "Contrast",
    "Line",
    "Point",
    "anchors",
    "by_definition",
    "charts",
    "contrasts",
    "how",
    "in_page_order",
    "shown_workloads",
    "slots",
]


class _OfCell(Protocol):
    @property
    def variant(self) -> str: ...
    @property
    def benchmark(self) -> Benchmark: ...


_Result = TypeVar("_Result", bound=_OfCell)

QUOTIENT = "quotient of the typical times"
"""Method of a speed-up that no block has both halves of."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Point:
    """A speed-up at one thread count."""

    threads: int
    speedup: Estimate
    band: Estimate
    """The same with its part of the simultaneous band of the line."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """One variant's points, by rising thread count."""

    label: str
    slot: int
    points: tuple[Point, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chart:
    """Speed-up against threads for one workload."""

    name: str
    workload: Workload
    lines: tuple[Line, ...]
    ceilings: tuple[Line, ...]
    """The same work in processes: what the machine allows."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contrast:
    """One variant's sequential run beside its threaded run of the same work."""

    label: str
    slot: int
    serial: CellResult
    threaded: CellResult
    speedup: Estimate


def how(benchmark: Benchmark) -> str:
    """Return how a benchmark was run: ``2 threads``, or ``one after another``."""
    noun = benchmark.mode.facts.noun
    return formatting.count(benchmark.threads, noun) if noun else "one after another"


def slots(analysis: Analysis) -> dict[str, int]:
    """Return each variant's place in the plan: it fixes colour and marker everywhere."""
    return {variant.label: slot for slot, variant in enumerate(analysis.manifest.plan.variants)}


def shown_workloads(analysis: Analysis) -> tuple[Workload, ...]:
    """Return the workloads by rank, those of one rank in the order of the plan."""
    return tuple(sorted(analysis.manifest.plan.workloads, key=lambda workload: workload.rank))


def in_page_order(analysis: Analysis, results: Iterable[_Result]) -> list[_Result]:
    """Return results of cells by variant, then workload, mode and number."""
    ranks = slots(analysis)
    workloads = {one.name: rank for rank, one in enumerate(shown_workloads(analysis))}
    modes = {mode: rank for rank, mode in enumerate(MODES)}

    def place(result: _Result) -> tuple[int, ...]:
        cell = result.benchmark
        return ranks[result.variant], workloads[cell.workload], modes[cell.mode], cell.threads

    return sorted(results, key=place)


def anchors(analysis: Analysis) -> dict[str, str]:
    """Return where on the page each workload's section stands, such as ``workload-lesson``."""
    found: dict[str, str] = {}
    for index, workload in enumerate(shown_workloads(analysis)):
        name = f"workload-{slug(workload.name) or index}"
        found[workload.name] = f"{name}-{index}" if name in found.values() else name
    return found


def charts(analysis: Analysis) -> tuple[Chart, ...]:
    """Return a chart for every workload that has a curve: two thread counts or more."""
    found = []
    groups = _grouped(analysis)
    for index, workload in enumerate(shown_workloads(analysis)):
        lines = _lines(analysis, groups.get((workload.name, Mode.THREADS), ()))
        if lines:
            found.append(
                Chart(
                    name=f"speedup-{index}-{slug(workload.name)}",
                    workload=workload,
                    lines=lines,
                    # Waiting is not held against the number of cores: a ceiling would mislead.
                    ceilings=()
                    if workload.kind is Kind.IO
                    else _lines(analysis, groups.get((workload.name, Mode.PROCESSES), ())),
                ),
            )
    return tuple(found)


def contrasts(analysis: Analysis, workload: str) -> tuple[Contrast, ...]:
    """Return sequential against threaded, per variant that has both, in the plan's order."""
    found = []
    groups: dict[str, list[CellResult]] = {}
    for cell in analysis.cells:
        if cell.benchmark.workload == workload:
            groups.setdefault(cell.variant, []).append(cell)
    for label, slot in slots(analysis).items():
        mine = groups.get(label, [])
        serial = next((cell for cell in mine if cell.mode is Mode.SERIAL), None)
        threaded = [cell for cell in mine if cell.mode is Mode.THREADS]
        if serial and threaded:
            last = max(threaded, key=lambda cell: cell.threads)
            speedup = last.speedup or _quotient(serial, last)
            found.append(
                Contrast(label=label, slot=slot, serial=serial, threaded=last, speedup=speedup),
            )
    return tuple(found)


def _grouped(analysis: Analysis) -> dict[tuple[str, Mode], list[CellResult]]:
    """Return the cells of each workload in each mode."""
    groups: dict[tuple[str, Mode], list[CellResult]] = {}
    for cell in analysis.cells:
        groups.setdefault((cell.benchmark.workload, cell.mode), []).append(cell)
    return groups


def _lines(analysis: Analysis, cells: Iterable[CellResult]) -> tuple[Line, ...]:
    """Return a line for each variant that has two points or more among the cells."""
    groups: dict[str, list[CellResult]] = {}
    for cell in sorted(cells, key=lambda cell: cell.threads):
        groups.setdefault(cell.variant, []).append(cell)
    lines = []
    for label, slot in slots(analysis).items():
        points = [
            Point(threads=cell.threads, speedup=estimate, band=cell.band or estimate)
            for cell in groups.get(label, ())
            if (estimate := _speedup(cell)) is not None
        ]
        if len(points) > 1:
            lines.append(Line(label=label, slot=slot, points=tuple(points)))
    return tuple(lines)


def _speedup(cell: CellResult) -> Estimate | None:
    if cell.threads != 1:
        return cell.speedup
    return by_definition(cell)


def by_definition(cell: CellResult) -> Estimate:
    """Return the speed-up of one thread over itself: 1 by definition, not by measurement."""
    return Estimate(
        point=1.0,
        low=1.0,
        high=1.0,
        level=cell.time_s.level,
        n=cell.time_s.n,
        method=formatting.DEFINITION,
    )


def _quotient(serial: CellResult, threaded: CellResult) -> Estimate:
    """Return the speed-up without an interval, for want of a paired estimate."""
    return Estimate(
        point=serial.time_s.point / threaded.time_s.point,
        low=None,
        high=None,
        level=threaded.time_s.level,
        n=min(serial.time_s.n, threaded.time_s.n),
        method=QUOTIENT,
    )
