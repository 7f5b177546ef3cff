"""The points and lines that the figures draw, picked out of the analysis."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol, TypeVar

from harness.model import MODES, Estimate, Kind, Mode
from harness.report.numbers.thread_choice import is_number
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
    """One variant's sequential and threaded runs of the same work."""

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
    names, modes = [workload.name for workload in shown_workloads(analysis)], list(MODES)

    def place(result: _Result) -> tuple[int, ...]:
        cell = result.benchmark
        workload, mode = names.index(cell.workload), modes.index(cell.mode)
        return ranks[result.variant], workload, mode, cell.threads

    return sorted(results, key=place)


def anchors(analysis: Analysis) -> dict[str, str]:
    """Return the anchor of each workload's section on the page, such as ``workload-lesson``."""
    names: dict[str, str] = {}
    for index, workload in enumerate(shown_workloads(analysis)):
        name = f"workload-{slug(workload.name) or index}"
        names[workload.name] = f"{name}-{index}" if name in names.values() else name
    return names


def charts(analysis: Analysis) -> tuple[Chart, ...]:
    """Return a chart for every workload that has a curve: two thread counts or more."""
    made = []
    for index, workload in enumerate(shown_workloads(analysis)):
        lines = _lines(analysis, workload, Mode.THREADS)
        # Waiting is not held against the number of cores: a ceiling would mislead.
        has_ceiling = workload.kind is not Kind.IO
        ceilings = _lines(analysis, workload, Mode.PROCESSES) if has_ceiling else ()
        name = f"speedup-{index}-{slug(workload.name)}"
        if lines:
            made.append(Chart(name=name, workload=workload, lines=lines, ceilings=ceilings))
    return tuple(made)


def contrasts(analysis: Analysis, workload: str) -> tuple[Contrast, ...]:
    """Return sequential against threaded, per variant that has both, in the plan's order."""
    made = []
    groups = _by_variant(cell for cell in analysis.cells if cell.benchmark.workload == workload)
    for label, slot in slots(analysis).items():
        cells = groups.get(label, [])
        serial = next((cell for cell in cells if cell.mode is Mode.SERIAL), None)
        threaded = [cell for cell in cells if cell.mode is Mode.THREADS]
        if serial and threaded:
            last = max(threaded, key=lambda cell: cell.threads)
            speedup = last.speedup or _quotient(serial, last)
            made.append(
                Contrast(label=label, slot=slot, serial=serial, threaded=last, speedup=speedup)
            )
    return tuple(made)


def _by_variant(cells: Iterable[CellResult]) -> dict[str, list[CellResult]]:
    groups: dict[str, list[CellResult]] = {}
    for cell in cells:
        groups.setdefault(cell.variant, []).append(cell)
    return groups


def _lines(analysis: Analysis, workload: Workload, mode: Mode) -> tuple[Line, ...]:
    """Return a line for each variant that has two points or more."""
    groups = _by_variant(
        cell
        for cell in analysis.cells
        if (cell.benchmark.workload, cell.mode) == (workload.name, mode)
    )
    lines = []
    for label, slot in slots(analysis).items():
        points = tuple(
            Point(threads=cell.threads, speedup=cell.speedup, band=cell.band or cell.speedup)
            for cell in sorted(groups.get(label, ()), key=lambda cell: cell.threads)
            if cell.speedup is not None and is_number(cell.speedup)
        )
        if len(points) > 1:
            lines.append(Line(label=label, slot=slot, points=points))
    return tuple(lines)


def _quotient(serial: CellResult, threaded: CellResult) -> Estimate:
    """Return the speed-up without an interval, for lack of a paired estimate."""
    return Estimate(
        point=serial.time_s.point / threaded.time_s.point,
        low=None,
        high=None,
        level=threaded.time_s.level,
        n=min(serial.time_s.n, threaded.time_s.n),
        method=QUOTIENT,
    )
