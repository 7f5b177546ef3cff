"""An analysis, or a comparison → the summary of its page."""

from __future__ import annotations

import contextlib
import hashlib
import math
import statistics
from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError
from harness.model import Kind, Mode
from harness.report import answer
from harness.report.compare import words
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
from harness.report.redaction import scrubbed
from harness.statistics.location import t_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Machine, Manifest, Variant
    from harness.report.answer import Headline
    from harness.report.redaction import Redacted

__all__ = ["compare_summary", "keep_compare_summary", "keep_summary", "summary_of"]

_MAX_LENGTH, _MAX_LABEL_LENGTH, _MAX_SENTENCE_LENGTH = 200, 500, 2000
_MAX_TIMES = 1000
_MAX_VARIANTS = 200


def summary_of(analysis: Redacted, *, made_from: str) -> Summary:
    """Return the summary of an experiment's page."""
    manifest, plan = analysis.manifest, analysis.manifest.plan
    found = analysis.aa
    return Summary(
        schema_version=SUMMARY_SCHEMA,
        made_from=made_from,
        id=manifest.id,
        created=manifest.created,
        label=_brief(manifest.label, _MAX_LABEL_LENGTH),
        machine=_made_on(manifest.machine),
        baseline=plan.baseline,
        grade=analysis.grade.letter,
        is_complete=analysis.is_complete,
        blocks_done=analysis.blocks_done,
        blocks_planned=plan.preset.blocks,
        threshold=min(1.0, analysis.threshold),
        is_aa=manifest.is_aa,
        noise=None
        if found is None
        else Noted(
            floor=min(100.0, found.floor),
            comparisons=len(found.comparisons),
            different=found.different,
        ),
        code=_code(manifest),
        **msgspec.structs.asdict(plan.worker),
        variants=tuple(_variant(analysis, one) for one in plan.variants[:_MAX_VARIANTS]),
        times=tuple(_times(analysis))[:_MAX_TIMES],
    )


def compare_summary(
    found: Comparison, gates: Sequence[tuple[Gate, Sequence[Compared]]]
) -> CompareSummary:
    """Return the summary of a comparison's page, fit to be published."""
    shown = scrubbed(found, found.private)
    said = words.headline(shown) if shown.cells else "No cell could be compared."
    return CompareSummary(
        schema_version=SUMMARY_SCHEMA,
        old=_brief(words.side_name(shown, "old"), _MAX_LENGTH),
        new=_brief(words.side_name(shown, "new"), _MAX_LENGTH),
        created=_brief(shown.new.created, _MAX_LENGTH),
        machine=_brief(shown.machine, _MAX_LABEL_LENGTH),
        headline=_brief(said, _MAX_SENTENCE_LENGTH),
        cells=len(shown.cells),
        changed=sum(words.is_changed(cell) for cell in shown.cells),
        failed_gates=sum(bool(cells) for _, cells in gates),
    )


def keep_summary(analysis: Redacted, folder: Path, *, made_from: str) -> None:
    """Write the summary of an experiment into the folder of its page, if that can be done.

    The page is what counts: without a summary, the index makes it again.
    """
    with contextlib.suppress(StoreError):
        write_summary(summary_of(analysis, made_from=made_from), folder)


def keep_compare_summary(
    found: Comparison, gates: Sequence[tuple[Gate, Sequence[Compared]]], folder: Path
) -> None:
    """Write the summary of a comparison into the folder of its page, if that can be done."""
    with contextlib.suppress(StoreError):
        write_summary(compare_summary(found, gates), folder)


def _brief(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _made_on(machine: Machine) -> MadeOn:
    return MadeOn(
        label=machine.label,
        cpu_model=_brief(machine.cpu_model, _MAX_LENGTH),
        system=_brief(machine.system, _MAX_LENGTH),
        architecture=_brief(machine.architecture, _MAX_LENGTH),
        kernel=_brief(machine.kernel, _MAX_LENGTH),
        cpus=machine.usable_cpus,
        cores=machine.physical_cores,
    )


def _code(manifest: Manifest) -> str:
    digests = (manifest.workloads_digest, *(one.digest for one in manifest.plan.workloads))
    return hashlib.sha256("\n".join(digests).encode(errors="replace")).hexdigest()[:12]


def _variant(analysis: Analysis, variant: Variant) -> VariantSummary:
    build = variant.build
    environment = " ".join(f"{name}={value}" for name, value in variant.environment)
    return VariantSummary(
        label=variant.label,
        implementation=build.implementation,
        version=build.version,
        digest=build.digest[:16],
        environment=_brief(environment, _MAX_LENGTH),
        answer=_answer(analysis, variant.label),
    )


def _answer(analysis: Analysis, label: str) -> Answered:
    found = answer.headline(analysis, label)
    what, estimate, cell = _headline(found)
    single = found.one_thread
    sentence = found.sentence(baseline=analysis.manifest.plan.baseline)
    return Answered(
        what=what,
        number=None if estimate is None else _number(estimate),
        workload=cell.benchmark.workload if cell else "",
        threads=cell.threads if cell else 0,
        one_thread=_number(single.ratio) if single and single.ratio else None,
        sentence=_brief(sentence, _MAX_SENTENCE_LENGTH),
    )


def _headline(found: Headline) -> tuple[What, Estimate | None, CellResult | None]:
    """Return the number that the page shows large; for work that waits alone, its speed-up."""
    if found.cpu is not None:
        if found.cpu_speedup is None:
            return What.TIME, found.cpu.time_s, found.cpu
        if found.low_ceiling:
            return What.WITHHELD, None, found.cpu
        return What.SPEEDUP, found.cpu_speedup, found.cpu
    if found.delays:
        return What.DELAY, found.delays[1].p99, None
    if found.waiting is not None and found.waiting.speedup is not None:
        return What.SPEEDUP, found.waiting.speedup, found.waiting
    return What.NOTHING, None, None


def _number(estimate: Estimate, *, sd: float | None = None) -> Number | None:
    """Return it, without bounds that no logarithm can be taken of."""
    low, high = estimate.low, estimate.high
    if not 0 < estimate.point < 1e12:  # noqa: PLR2004 - as far as is stored
        return None
    if low is None or high is None or not (0 < low <= estimate.point <= high < 1e12):  # noqa: PLR2004
        return Number(point=estimate.point, n=estimate.n, sd=sd)
    half = math.log(high / low) / 2
    quantile = t_quantile((1 + estimate.level) / 2, max(1, estimate.n - 1))
    return Number(
        point=estimate.point, low=low, high=high, n=estimate.n, error=half / quantile, sd=sd
    )


def _times(analysis: Analysis) -> Iterator[Time]:
    """Yield the times with one thread of what computes, the headline's workload first."""
    single = _single(analysis)
    for workload in shown_workloads(analysis):
        if workload.kind is Kind.IO or workload.is_paced:
            continue
        for label in slots(analysis):
            cell = single.get((label, workload.name))
            number = None if cell is None else _number(cell.time_s, sd=_sd(cell.process_times_s))
            if number is not None:
                yield Time(variant=label, workload=workload.name, seconds=number)


def _single(analysis: Analysis) -> dict[tuple[str, str], CellResult]:
    """Return by variant and workload the cell with one thread, or the work one after another."""
    found: dict[tuple[str, str], CellResult] = {}
    for cell in analysis.cells:
        key = cell.variant, cell.benchmark.workload
        if cell.mode is Mode.THREADS and cell.threads == 1:
            found[key] = cell
        elif cell.mode is Mode.SERIAL:
            found.setdefault(key, cell)
    return found


def _sd(times_s: tuple[float, ...]) -> float | None:
    logs = [math.log(time_s) for time_s in times_s if time_s > 0]
    return statistics.stdev(logs) if len(logs) > 1 else None
