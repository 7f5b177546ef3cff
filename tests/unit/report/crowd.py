"""Experiments of any size with labels of any length, and a look for words that leave a figure."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import msgspec
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from harness.analysis.results.scaling_laws import SharingCost, Throughput
from harness.model import Benchmark, Kind, Mode, Scaling, Workload
from harness.report.redaction import Redacted
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import CellResult
    from harness.model import Estimate
    from harness.report.drawing.canvas import Sheet

LONG = "a-very-long-label-that-nobody-would-choose-and-that-a-results-folder-may-hold-all-the-same-"


def workload(name: str, **changes: object) -> Workload:
    usual = Workload(
        name=name,
        kind=Kind.CPU,
        scaling=Scaling.WEAK,
        summary="Some work.",
        expectation="Some curve.",
        modes=(Mode.THREADS,),
    )
    return msgspec.structs.replace(usual, **changes)


def cell(
    label: str, name: str, threads: int, *, gain: float, n: int = 10, cores: int = 2
) -> CellResult:
    """Return a cell with this speed-up, whose processes differ by a few tenths of a percent."""
    usual = factory.cell("3.14", "factorize", threads, n=n)
    found = factory.estimate(gain, n=n)
    return dataclasses.replace(
        usual,
        variant=label,
        benchmark=Benchmark(workload=name, mode=Mode.THREADS, threads=threads),
        speedup=found if threads > 1 else factory.by_definition(n),
        efficiency=factory.estimate(gain / threads, n=n)
        if threads > 1
        else factory.by_definition(n),
        speedup_verdict=factory.judged(found, is_speedup=True) if threads > 1 else None,
        scaling=factory.scaled(found, threads) if 1 < threads <= cores else None,
        ratio=factory.estimate(1.2, n=n),
        verdict=factory.judged(factory.estimate(1.2, n=n)),
        process_times_s=tuple(
            usual.time_s.point * math.exp(0.004 * math.sin(7 * block)) for block in range(n)
        ),
    )


def crowd(
    *,
    variants: int = 4,
    workloads: int = 3,
    threads: tuple[int, ...] = (1, 2, 4),
    label: str = "v",
    n: int = 10,
    cores: int = 2,
) -> Redacted:
    """Return an experiment of this size; workloads come in pairs, private and shared."""
    labels = tuple(f"{label}{number}" for number in range(variants))
    names = [
        f"{label}{number // 2}_{('private', 'shared')[number % 2]}" for number in range(workloads)
    ]
    cells = tuple(
        cell(
            each,
            name,
            count,
            gain=count**0.8 if name.endswith("private") else 0.7,
            n=n,
            cores=cores,
        )
        for name in names
        for each in labels
        for count in threads
    )
    usual = factory.manifest(labels, threads, computer=factory.machine(cores))
    plan = msgspec.structs.replace(usual.plan, workloads=tuple(workload(name) for name in names))
    # As it is: names that are shortened would no longer come in pairs.
    return Redacted(
        factory.raw(
            manifest=msgspec.structs.replace(usual, plan=plan),
            cells=cells,
            splits=(),
            failures=(),
            break_evens=(),
            sharing_costs=costs(labels, names, threads, n=n),
            throughputs=tuple(
                Throughput(
                    variant=each,
                    workload=name,
                    threads=count,
                    relative=factory.estimate(count**0.5 * 2.0**place, n=n),
                )
                for name in names
                for place, each in enumerate(labels[:5])
                for count in threads
            ),
        )
    )


def costs(
    labels: tuple[str, ...], names: list[str], threads: tuple[int, ...], *, n: int = 10
) -> tuple[SharingCost, ...]:
    """Return that sharing costs nothing with one thread and three times the time with more."""
    return tuple(
        SharingCost(
            variant=label,
            pair=name.removesuffix("_shared"),
            private=f"{name.removesuffix('_shared')}_private",
            shared=name,
            threads=count,
            cost=found,
            verdict=factory.judged(found),
        )
        for name in names
        if name.endswith("_shared")
        for label in labels
        for count in threads
        for found in (factory.estimate(1.0 if count == 1 else 3.0, n=n),)
    )


def spoilt(analysis: Redacted, estimate: Estimate | None) -> Redacted:
    """Return the analysis, every estimate but the times replaced by one and the same."""
    cells = tuple(
        dataclasses.replace(
            one,
            speedup=estimate,
            band=estimate,
            efficiency=estimate,
            ratio=estimate,
            means={**one.means, "cores_used": estimate},
            speedup_verdict=None,
            scaling=None,
            verdict=None,
        )
        for one in analysis.cells
    )
    if estimate is None:
        return dataclasses.replace(analysis, cells=cells, sharing_costs=(), throughputs=())
    return dataclasses.replace(
        analysis,
        cells=cells,
        sharing_costs=tuple(
            dataclasses.replace(one, cost=estimate, verdict=None) for one in analysis.sharing_costs
        ),
        throughputs=tuple(
            dataclasses.replace(one, relative=estimate) for one in analysis.throughputs
        ),
    )


def outside(sheet: Sheet, *, room: float = 1.0) -> list[str]:
    """Return the words of a figure that leave it by more than ``room`` units."""
    figure = sheet.figure
    canvas: Any = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    width, height = figure.bbox.width, figure.bbox.height
    found = []
    for words in figure.findobj(Text):
        if not isinstance(words, Text) or not words.get_text() or not words.get_visible():
            continue
        box = words.get_window_extent(renderer)
        if box.x0 < -room or box.y0 < -room or box.x1 > width + room or box.y1 > height + room:
            found.append(words.get_text())
    return found
