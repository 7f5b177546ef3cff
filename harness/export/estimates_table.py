"""Every estimate as a row: what it is of, and the number with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.export.columns import ESTIMATES, SPLITS, framed
from harness.model import Benchmark, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from harness.analysis.results.experiment import Analysis, CellResult, MemoryResult, NoteResult
    from harness.export.columns import Column
    from harness.model import Estimate, Verdict

    Row = dict[str, Any]

__all__ = ["QUANTITIES", "estimates_frame", "splits_frame"]

QUANTITIES = {
    "time": "s",
    "speedup": "",
    "speedup_band": "",
    "efficiency": "",
    "ratio": "",
    "ratio_sign": "",
    "throughput": "",
    "sharing_cost": "",
    "cores_used": "CPUs",
    "cold_ratio": "",
    "peak_rss": "B",
    "pss": "B",
    "alpha": "",
    "beta": "",
}
"""What is estimated and its unit, beside what workloads note themselves."""


def estimates_frame(analysis: Analysis) -> pd.DataFrame:
    """Return a row for each cell and quantity of which there is an estimate."""
    found: list[Row] = []
    for cell in analysis.cells:
        found += _of_cell(cell)
    found += _of_work(analysis)
    for memory in analysis.memory:
        found += _of_memory(memory)
    for note in analysis.measures:
        found += _of_note(note)
    found += _of_laws(analysis)
    return _framed(ESTIMATES, found, analysis)


def splits_frame(analysis: Analysis) -> pd.DataFrame:
    """Return a row for each part of each three-way split that could be estimated."""
    found: list[Row] = []
    for split in analysis.splits:
        parts = (
            ("tax", split.tax, split.tax_verdict),
            ("removal", split.removal, split.removal_verdict),
            ("net", split.net, split.net_verdict),
        )
        found += [
            {
                **_where(split.benchmark),
                **_judged(estimate, verdict),
                "gil": split.gil,
                "free_threaded": split.free_threaded,
                "free_threaded_gil": split.free_threaded_gil,
                "part": part,
                "differences": "; ".join(split.differences) or None,
            }
            for part, estimate, verdict in parts
            if estimate is not None
        ]
    return _framed(SPLITS, found, analysis)


def _framed(columns: tuple[Column, ...], rows: list[Row], analysis: Analysis) -> pd.DataFrame:
    for row in rows:
        row["experiment"] = analysis.manifest.id
    return framed(columns, {one.name: [row.get(one.name) for row in rows] for one in columns})


def _of_cell(cell: CellResult) -> Iterator[Row]:
    estimates = (
        ("time", cell.time_s, None),
        ("speedup", cell.speedup, cell.speedup_verdict),
        ("speedup_band", cell.band, None),
        ("efficiency", cell.efficiency, None),
        ("ratio", cell.ratio, cell.verdict),
        ("ratio_sign", cell.ratio_sign, None),
        ("cores_used", cell.cores_used, None),
        ("cold_ratio", cell.cold_ratio, None),
    )
    for quantity, estimate, verdict in estimates:
        if estimate is not None:
            yield _row(cell, quantity, QUANTITIES[quantity], estimate, verdict)


def _of_work(analysis: Analysis) -> Iterator[Row]:
    """Yield the rate of each threaded cell, and of each shared arm what sharing costs."""
    for rate in analysis.throughputs:
        yield {
            "variant": rate.variant,
            **_where(_threaded(rate.workload, rate.threads)),
            "quantity": "throughput",
            **_judged(rate.relative, None),
        }
    for cost in analysis.sharing_costs:
        yield {
            "variant": cost.variant,
            **_where(_threaded(cost.shared, cost.threads)),
            "quantity": "sharing_cost",
            **_judged(cost.cost, cost.verdict),
        }


def _threaded(workload: str, threads: int) -> Benchmark:
    return Benchmark(workload=workload, mode=Mode.THREADS, threads=threads)


def _of_memory(memory: MemoryResult) -> Iterator[Row]:
    for quantity, estimate in (("peak_rss", memory.peak_rss_bytes), ("pss", memory.pss_bytes)):
        if estimate is not None:
            yield _row(memory, quantity, QUANTITIES[quantity], estimate)


def _of_note(note: NoteResult) -> Iterator[Row]:
    unit = "s" if note.is_seconds else ""
    estimates = (
        ("mean", note.mean, unit),
        ("share", note.share, ""),
        ("p50", note.p50, unit),
        ("p90", note.p90, unit),
        ("p99", note.p99, unit),
    )
    for what, estimate, its_unit in estimates:
        if estimate is not None:
            yield _row(note, f"{note.name}.{what}", its_unit, estimate)


def _of_laws(analysis: Analysis) -> Iterator[Row]:
    """Yield what a law says of a whole curve: its rows have no number of threads."""
    for law in analysis.laws:
        for quantity, estimate in (("alpha", law.alpha), ("beta", law.beta)):
            if estimate is not None:
                yield {
                    "variant": law.variant,
                    "workload": law.workload,
                    "mode": str(law.mode),
                    "quantity": quantity,
                    **_judged(estimate, None),
                }


def _row(
    result: CellResult | MemoryResult | NoteResult,
    quantity: str,
    unit: str,
    estimate: Estimate,
    verdict: Verdict | None = None,
) -> Row:
    return {
        "variant": result.variant,
        **_where(result.benchmark),
        "quantity": quantity,
        "unit": unit or None,
        **_judged(estimate, verdict),
    }


def _where(benchmark: Benchmark) -> Row:
    return {
        "workload": benchmark.workload,
        "mode": str(benchmark.mode),
        "threads": benchmark.threads,
        "benchmark": benchmark.name,
    }


def _judged(estimate: Estimate, verdict: Verdict | None) -> Row:
    found: Row = {
        name: getattr(estimate, name) for name in ("point", "low", "high", "level", "n", "method")
    }
    if verdict is not None:
        found["decision"] = str(verdict.decision)
        found |= {
            name: getattr(verdict, name)
            for name in ("p_family", "threshold", "smallest_detectable")
        }
    return found
