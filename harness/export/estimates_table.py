"""Every estimate as a row: its subject, and the number with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from harness.analysis.results import quantities
from harness.export.columns import EXPERIMENT, JUDGED, PLACE, VARIANT, Column, Place, Type, framed
from harness.model import Benchmark, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from harness.analysis.results.experiment import Split
    from harness.analysis.results.quantities import Entries
    from harness.model import Estimate, Verdict
    from harness.report.redaction import Redacted

    R = TypeVar("R")

__all__ = ["ESTIMATES", "SPLITS", "estimates_frame", "splits_frame"]


class EstimateRow(NamedTuple):
    """One estimate."""

    place: Place
    quantity: str
    unit: str
    estimate: Estimate
    verdict: Verdict | None


ESTIMATES: tuple[Column[EstimateRow], ...] = (
    EXPERIMENT,
    VARIANT,
    *PLACE,
    Column("quantity", Type.TEXT, "what is estimated, see below", lambda row: row.quantity),
    Column("unit", Type.TEXT, "its unit; missing for ratios", lambda row: row.unit or None),
    *JUDGED,
)


class SplitRow(NamedTuple):
    """One part of a split."""

    split: Split
    place: Place
    part: str
    estimate: Estimate
    verdict: Verdict | None


_GIL_ON = "label of the same binary with the GIL on; missing if not measured"
_PART = "`tax`, `removal` or `net`: a ratio of times, above 1 is slower"
_DIFFERENCES = "what else differs between the two builds; `;` between them"
_FREE_THREADED = "label of the free-threaded build"
SPLITS: tuple[Column[SplitRow], ...] = (
    EXPERIMENT,
    *PLACE,
    Column("gil", Type.TEXT, "label of the build with the GIL", lambda row: row.split.gil),
    Column("free_threaded", Type.TEXT, _FREE_THREADED, lambda row: row.split.free_threaded),
    Column("free_threaded_gil", Type.TEXT, _GIL_ON, lambda row: row.split.free_threaded_gil),
    Column("part", Type.TEXT, _PART, lambda row: row.part),
    *JUDGED,
    Column(
        "differences",
        Type.TEXT,
        _DIFFERENCES,
        lambda row: "; ".join(row.split.differences) or None,
    ),
)


def estimates_frame(analysis: Redacted) -> pd.DataFrame:
    """Return a row for each estimate."""
    return framed(ESTIMATES, list(_estimates(analysis)))


def splits_frame(analysis: Redacted) -> pd.DataFrame:
    """Return a row for each estimated part of each three-way split."""
    rows = [
        SplitRow(split, row.place, row.quantity, row.estimate, row.verdict)
        for split in analysis.splits
        for row in _rows(
            quantities.SPLIT, split, Place.of(analysis.manifest.id, "", split.benchmark)
        )
    ]
    return framed(SPLITS, rows)


def _estimates(analysis: Redacted) -> Iterator[EstimateRow]:
    experiment = analysis.manifest.id
    for cell in analysis.cells:
        place = Place.of(experiment, cell.variant, cell.benchmark)
        yield from _rows(quantities.CELL, cell, place)
    for rate in analysis.throughputs:
        benchmark = Benchmark(workload=rate.workload, mode=Mode.THREADS, threads=rate.threads)
        place = Place.of(experiment, rate.variant, benchmark)
        yield from _rows(quantities.THROUGHPUT, rate, place)
    for cost in analysis.sharing_costs:
        benchmark = Benchmark(workload=cost.shared, mode=Mode.THREADS, threads=cost.threads)
        place = Place.of(experiment, cost.variant, benchmark)
        yield from _rows(quantities.SHARING, cost, place)
    for memory in analysis.memory:
        place = Place.of(experiment, memory.variant, memory.benchmark)
        yield from _rows(quantities.MEMORY, memory, place)
    for note in analysis.measures:
        place = Place.of(experiment, note.variant, note.benchmark)
        yield from _rows(quantities.NOTE, note, place, prefix=f"{note.name}.")
    for law in analysis.laws:
        place = Place(
            experiment=experiment, variant=law.variant, workload=law.workload, mode=str(law.mode)
        )
        yield from _rows(quantities.LAW, law, place)


def _rows(
    entries: Entries[R], result: R, place: Place, *, prefix: str = ""
) -> Iterator[EstimateRow]:
    verdicts = quantities.judgements(entries)
    for quantity in quantities.estimated(entries):
        estimate = quantity.of(result)
        if estimate is not None:
            verdict_of = verdicts.get(quantity.key)
            yield EstimateRow(
                place=place,
                quantity=f"{prefix}{quantity.name}",
                unit=quantity.unit,
                estimate=estimate,
                verdict=verdict_of(result) if verdict_of else None,
            )
