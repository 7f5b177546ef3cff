"""The answer in sentences: one per variant, and what the machine itself allows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Benchmark, Decision, Kind, Mode
from harness.model.build_differences import different_names
from harness.model.notes import RESPONSE
from harness.report.numbers import delays, series
from harness.report.numbers.ceiling import low_ceiling
from harness.report.words import formatting
from harness.report.words.verdicts import between, unchanged

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult, NoteResult
    from harness.model import Estimate, Verdict, Workload
    from harness.report.numbers.ceiling import Ceiling

__all__ = ["Headline", "differences", "headline"]

_KNOWN = (Decision.FASTER, Decision.SLOWER)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Headline:
    """What one variant did, in clauses: any of them may be missing."""

    label: str
    slot: int
    cpu: CellResult | None
    """The computing workload at the thread count the answer is about."""
    cpu_speedup: Estimate | None
    cpu_verdict: Verdict | None
    """On the speed-up; ``None`` where it does not come from pairs within blocks."""
    one_thread: CellResult | None
    """The same workload with one thread, for the ratio to the baseline."""
    waiting: CellResult | None
    """The waiting workload at its highest thread count."""
    delays: tuple[NoteResult, NoteResult] | None
    """How long answers took with nothing computing beside them, and with one thread that did."""
    low_ceiling: Ceiling | None
    """The machine's own limit, when it is too low to judge the speed-up by."""
    differences: tuple[str, ...]
    """Names of what differs from the baseline beside the GIL, for CPython builds."""
    measured: CellResult | None
    """Any cell that was measured, for a plan that holds nothing to compare."""
    is_pending: bool
    """The experiment is unfinished, and none of its processes failed so far."""

    @property
    def absence(self) -> tuple[str, ...]:
        """Return the clauses that stand where there is no other."""
        if self.measured is not None:
            time_s = formatting.seconds(self.measured.time_s).text
            return f"{self.measured.benchmark.name} takes {time_s}", "nothing to compare it with"
        if self.is_pending:
            return ("not measured yet: the run was stopped before it",)
        return ("no result: none of its processes succeeded",)

    @property
    def is_unsure(self) -> bool:
        """Whether the speed-up is neither shown to be one, nor to be a loss, nor none."""
        judged = self.cpu_verdict
        return judged is not None and judged.decision is Decision.UNRESOLVED

    @property
    def caveat(self) -> str:
        """Return what else the ratio to the baseline holds, in brackets."""
        # That one is PyPy and the other is not, their names say already.
        if not self.differences or "implementation" in self.differences:
            return ""
        return f" (they differ in: {', '.join(self.differences)})"

    @property
    def latency(self) -> str:
        """Return how late answers are beside a thread that computes."""
        if self.delays is None:
            return ""
        alone, beside = (formatting.seconds(one.p99).text for one in self.delays)
        name = self.delays[0].benchmark.workload
        return f"{name} answers within {alone} alone, {beside} beside one computing thread (p99)"

    def sentence(self, *, baseline: str) -> str:
        """Return the whole answer as one sentence, without the label."""
        return "; ".join(self.clauses(baseline=baseline))

    def clauses(self, *, baseline: str) -> tuple[str, ...]:
        """Return the clauses of that sentence."""
        clauses = (
            self._scaling(),
            self._against(baseline),
            self._single(baseline),
            self._waiting(),
            self.latency,
        )
        *others, last = tuple(filter(None, clauses)) or self.absence
        return formatting.each_said_once((*others, f"{last}."))

    def _scaling(self) -> str:
        if self.cpu is None:
            return ""
        name, speedup = self.cpu.benchmark.workload, self.cpu_speedup
        if speedup is None:
            return f"{name} takes {formatting.seconds(self.cpu.time_s).text} {_with(self.cpu)}"
        if self.low_ceiling:
            return f"scaling is {self.low_ceiling.reason}"
        number, judged = formatting.factor(speedup).text, self.cpu_verdict
        # Without a run at one thread, the same work was run one after another.
        other = "1" if self.one_thread else "one after another"
        than = f"{_with(self.cpu)} against {other}"
        if judged and judged.decision is Decision.UNRESOLVED:
            span = between(speedup, judged, less="slower", more="faster")
            return f"{name} {than} is not resolved: {span}"
        if judged and judged.decision is Decision.EQUIVALENT:
            return f"{name} {than} is {unchanged(judged)}: {number}"
        gain = f"{name} runs {number} as fast {_with(self.cpu)}"
        return f"{gain} as with 1" if self.one_thread else f"{gain} as {other}"

    def _against(self, baseline: str) -> str:
        """Return what is known against the baseline where the variant's own scaling is not."""
        cell, is_known = self.cpu, not self.is_unsure and self.low_ceiling is None
        if is_known or cell is None or self.label == baseline or cell.ratio is None:
            return ""
        if cell.verdict is None or cell.verdict.decision not in _KNOWN:
            return ""
        threads = formatting.count(cell.threads, "thread")
        number = formatting.factor(cell.ratio).text
        return f"with {threads} it takes {number} the time of {baseline} with {cell.threads}"

    def _single(self, baseline: str) -> str:
        ratio = self.one_thread.ratio if self.one_thread else None
        if ratio is None or self.label == baseline:
            return ""
        number, judged = formatting.factor(ratio).text, self.one_thread and self.one_thread.verdict
        said = f"one thread takes {number} the time of {baseline}"
        if judged and judged.decision is Decision.UNRESOLVED:
            span = between(ratio, judged, less="less", more="more time")
            said = f"one thread against {baseline} is not resolved: {span}"
        elif judged and judged.decision is Decision.EQUIVALENT:
            said = f"one thread against {baseline} is {unchanged(judged)}: {number} its time"
        return f"{said}{self.caveat}"

    def _waiting(self) -> str:
        if self.waiting is None or self.waiting.speedup is None:
            return ""
        speedup = self.waiting.speedup
        name, number = self.waiting.benchmark.workload, formatting.factor(speedup).text
        judged = self.waiting.speedup_verdict
        if judged and judged.decision is Decision.UNRESOLVED:
            span = between(speedup, judged, less="less", more="more done")
            return f"{name} {_with(self.waiting)} against 1 is not resolved: {span}"
        if judged and judged.decision is Decision.EQUIVALENT:
            return f"{name} {_with(self.waiting)} against 1 is {unchanged(judged)}: {number}"
        return f"{name} gets {number} as much done {_with(self.waiting)}"


def headline(analysis: Analysis, label: str) -> Headline:
    """Return the clauses of one variant's answer.

    The thread count is fixed by the machine, not picked by the result: for computing the
    highest measured up to the physical cores, for waiting the highest measured.
    """
    slot = series.slots(analysis)[label]
    workloads = [one for one in series.shown_workloads(analysis) if not one.is_paced]
    computing = [workload for workload in workloads if workload.kind is not Kind.IO]
    waiting = [workload for workload in workloads if workload.kind is Kind.IO]
    cpu, speedup = _computing(analysis, label, computing)
    one = None
    if cpu is not None and not _is_contrast(analysis, cpu):
        first = Benchmark(workload=cpu.benchmark.workload, mode=Mode.THREADS, threads=1)
        one = analysis.cell(label, first)
    found = [_curve(analysis, label, workload) for workload in waiting]
    return Headline(
        label=label,
        slot=slot,
        cpu=cpu,
        cpu_speedup=speedup,
        cpu_verdict=cpu.speedup_verdict if cpu is not None and speedup is cpu.speedup else None,
        one_thread=one,
        waiting=next((curve[-1] for curve in found if len(curve) > 1), None),
        delays=_delays(analysis, label),
        low_ceiling=low_ceiling(analysis, cpu.benchmark.workload) if cpu else None,
        differences=differences(analysis, label),
        measured=next((cell for cell in analysis.cells if cell.variant == label), None),
        is_pending=not analysis.is_complete
        and all(failure.variant != label for failure in analysis.failures),
    )


def _delays(analysis: Analysis, label: str) -> tuple[NoteResult, NoteResult] | None:
    for workload in delays.noting(analysis, RESPONSE):
        by_load = {
            cell.load: cell.response
            for cell in delays.delays(analysis, workload)
            if workload.answering_threads
            and cell.response.variant == label
            and cell.response.p99 is not None
        }
        if {0, 1} <= set(by_load):
            return by_load[0], by_load[1]
    return None


def differences(analysis: Analysis, label: str) -> tuple[str, ...]:
    """Return the names of what differs from the baseline beside the GIL."""
    plan = analysis.manifest.plan
    return different_names(plan.variant(plan.baseline), plan.variant(label))


def _computing(
    analysis: Analysis,
    label: str,
    workloads: list[Workload],
) -> tuple[CellResult | None, Estimate | None]:
    """Return the cell the answer is about, and its speed-up when there is one."""
    cores = analysis.manifest.machine.physical_cores
    fallback = None
    for workload in workloads:
        curve = _curve(analysis, label, workload)
        many = [cell for cell in curve if cell.threads > 1 and cell.speedup is not None]
        within = [cell for cell in many if cell.threads <= cores]
        if many:
            chosen = within[-1] if within else many[0]
            return chosen, chosen.speedup
        for contrast in series.contrasts(analysis, workload.name):
            if contrast.label == label:
                return contrast.threaded, contrast.speedup
        fallback = fallback or next(iter(curve), None)
    return fallback, None


def _curve(analysis: Analysis, label: str, workload: Workload) -> list[CellResult]:
    cells = [
        cell
        for cell in analysis.cells
        if (cell.variant, cell.mode, cell.benchmark.workload)
        == (label, Mode.THREADS, workload.name)
    ]
    return sorted(cells, key=lambda cell: cell.threads)


def _is_contrast(analysis: Analysis, cell: CellResult) -> bool:
    found = series.contrasts(analysis, cell.benchmark.workload)
    return any(contrast.threaded is cell for contrast in found)


def _with(cell: CellResult) -> str:
    return f"with {formatting.count(cell.threads, 'thread')}"
