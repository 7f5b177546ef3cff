"""An analysis, or a comparison → the summary of its page."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import math
import statistics
from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError
from harness.model import Kind, Mode
from harness.report import answer
from harness.report.compare import words
from harness.report.compare.published import published
from harness.report.index.summary_file import (
    SUMMARY_SCHEMA,
    Answered,
    CompareSummary,
    MadeOn,
    Noted,
    Number,
    Summary,
    Time,
    VariantSummary,
    What,
    write_summary,
)
from harness.report.numbers.series import shown_workloads, slots
from harness.statistics.location import t_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.analysis.comparing.comparison import Comparison
    from harness.analysis.results.aa import AaResult
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Variant
    from harness.report.answer import Headline
    from harness.report.compare.words import Gates
    from harness.report.redaction import Redacted

__all__ = ["compare_summary", "keep_compare_summary", "keep_summary", "summary_of"]

_MAX_LENGTH, _MAX_LABEL_LENGTH, _MAX_SENTENCE_LENGTH = 200, 500, 2000
_MAX_TIMES = 1000
_MAX_VARIANTS = 200
_MAX_NUMBER = 1e12


def summary_of(analysis: Redacted, *, made_from: str) -> Summary:
    """Return the summary of an experiment's page."""
    manifest, plan, aa = analysis.manifest, analysis.manifest.plan, analysis.aa
    machine = manifest.machine
    digests = (manifest.workloads_digest, *(workload.digest for workload in plan.workloads))
    return Summary(
        schema_version=SUMMARY_SCHEMA,
        made_from=made_from,
        id=manifest.id,
        created=manifest.created,
        label=_brief(manifest.label, _MAX_LABEL_LENGTH),
        machine=MadeOn(
            label=machine.label,
            cpu_model=_brief(machine.cpu_model),
            system=_brief(machine.system),
            architecture=_brief(machine.architecture),
            kernel=_brief(machine.kernel),
            cpus=machine.usable_cpus,
            cores=machine.physical_cores,
        ),
        baseline=plan.baseline,
        grade=analysis.grade.letter,
        is_complete=analysis.is_complete,
        blocks_done=analysis.blocks_done,
        blocks_planned=plan.preset.blocks,
        threshold=min(1.0, analysis.threshold),
        is_aa=manifest.is_aa,
        noise=_noise(aa) if aa else None,
        code=hashlib.sha256("\n".join(digests).encode(errors="replace")).hexdigest()[:12],
        **msgspec.structs.asdict(plan.worker),
        preset=plan.preset.name,
        workloads=tuple(workload.name for workload in plan.workloads[:_MAX_TIMES]),
        variants=tuple(_variant(analysis, variant) for variant in plan.variants[:_MAX_VARIANTS]),
        times=tuple(itertools.islice(_times(analysis), _MAX_TIMES)),
    )


def compare_summary(comparison: Comparison, gates: Gates) -> CompareSummary:
    """Return the summary of a comparison's page, fit to be published."""
    shown = published(comparison)
    headline = words.headline(shown) if shown.cells else "No cell could be compared."
    return CompareSummary(
        schema_version=SUMMARY_SCHEMA,
        old=_brief(words.side_name(shown.old)),
        new=_brief(words.side_name(shown.new)),
        created=_brief(shown.new.created),
        machine=_brief(shown.machine, _MAX_LABEL_LENGTH),
        headline=_brief(headline, _MAX_SENTENCE_LENGTH),
        cells=len(shown.cells),
        changed=sum(map(words.is_changed, shown.cells)),
        failed_gates=sum(bool(cells) for _, cells in gates),
    )


def keep_summary(analysis: Redacted, folder: Path, *, made_from: str) -> None:
    """Write the summary of an experiment into the folder of its page, if that can be done.

    The page is what counts: without a summary, the index makes it again.
    """
    with contextlib.suppress(StoreError):
        write_summary(summary_of(analysis, made_from=made_from), folder)


def keep_compare_summary(comparison: Comparison, gates: Gates, folder: Path) -> None:
    """Write the summary of a comparison into the folder of its page, if that can be done."""
    with contextlib.suppress(StoreError):
        write_summary(compare_summary(comparison, gates), folder)


def _brief(text: str, longest: int = _MAX_LENGTH) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _noise(aa: AaResult) -> Noted:
    floor = min(100.0, aa.floor)
    return Noted(floor=floor, comparisons=len(aa.comparisons), different=aa.different)


def _variant(analysis: Analysis, variant: Variant) -> VariantSummary:
    build = variant.build
    return VariantSummary(
        label=variant.label,
        implementation=build.implementation,
        version=build.version,
        digest=build.digest[:16],
        environment=_brief(" ".join(f"{name}={value}" for name, value in variant.environment)),
        answer=_answer(analysis, variant.label),
    )


def _answer(analysis: Analysis, label: str) -> Answered:
    headline = answer.headline(analysis, label)
    what, estimate, cell = _number_of(headline)
    single = headline.one_thread
    sentence = headline.sentence(baseline=analysis.manifest.plan.baseline)
    return Answered(
        what=what,
        number=_number(estimate) if estimate else None,
        workload=cell.benchmark.workload if cell else "",
        threads=cell.threads if cell else 0,
        one_thread=_number(single.ratio) if single and single.ratio else None,
        sentence=_brief(sentence, _MAX_SENTENCE_LENGTH),
    )


def _number_of(headline: Headline) -> tuple[What, Estimate | None, CellResult | None]:
    """Return the number that the page shows large; for work that waits alone, its speed-up."""
    if (cell := headline.cpu) is not None:
        if headline.cpu_speedup is None:
            return What.TIME, cell.time_s, cell
        if headline.low_ceiling:
            return What.WITHHELD, None, cell
        return What.SPEEDUP, headline.cpu_speedup, cell
    if headline.delays:
        return What.DELAY, headline.delays[1].p99, None
    if headline.waiting is not None and headline.waiting.speedup is not None:
        return What.SPEEDUP, headline.waiting.speedup, headline.waiting
    return What.NOTHING, None, None


def _number(estimate: Estimate, *, sd: float | None = None) -> Number | None:
    """Return the number to store, without bounds that have no logarithm."""
    low, high = estimate.low, estimate.high
    if not 0 < estimate.point < _MAX_NUMBER:
        return None
    if low is None or high is None or not (0 < low <= estimate.point <= high < _MAX_NUMBER):
        return Number(point=estimate.point, n=estimate.n, sd=sd)
    half = math.log(high / low) / 2
    error = half / t_quantile((1 + estimate.level) / 2, max(1, estimate.n - 1))
    return Number(point=estimate.point, low=low, high=high, n=estimate.n, error=error, sd=sd)


def _times(analysis: Analysis) -> Iterator[Time]:
    """Yield the times with one thread of what computes, the headline's workload first."""
    single = _single(analysis)
    for workload in shown_workloads(analysis):
        if workload.kind is Kind.IO or workload.is_paced:
            continue
        for label in slots(analysis):
            cell = single.get((label, workload.name))
            number = cell and _number(cell.time_s, sd=_sd(cell.process_times_s))
            if number:
                yield Time(variant=label, workload=workload.name, seconds=number)


def _single(analysis: Analysis) -> dict[tuple[str, str], CellResult]:
    """Return by variant and workload the cell with one thread, or the work one after another."""
    cells: dict[tuple[str, str], CellResult] = {}
    for cell in analysis.cells:
        key = cell.variant, cell.benchmark.workload
        if cell.mode is Mode.THREADS and cell.threads == 1:
            cells[key] = cell
        elif cell.mode is Mode.SERIAL:
            cells.setdefault(key, cell)
    return cells


def _sd(times_s: tuple[float, ...]) -> float | None:
    logs = [math.log(time_s) for time_s in times_s if time_s > 0]
    return statistics.stdev(logs) if len(logs) > 1 else None
