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
from harness.report.words.remarks import gil_back_sentence, ways_on
from harness.report.words.scaling import is_open, remedy
from harness.report.words.verdicts import between, unchanged

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult, NoteResult
    from harness.model import Estimate, ScalingVerdict, Verdict, Workload
    from harness.report.numbers.ceiling import Ceiling
    from harness.report.words.formatting import Clause

__all__ = ["Headline", "differences", "headline"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Headline:
    """What is reported of one variant; any of it may be missing."""

    label: str
    slot: int
    cpu: CellResult | None
    """The computing workload at the thread count the answer is about."""
    cpu_speedup: Estimate | None
    cpu_verdict: Verdict | None
    """On the speed-up; ``None`` where it does not come from pairs within blocks."""
    cpu_scaling: ScalingVerdict | None
    """Whether it scales; ``None`` where that is not judged."""
    one_thread: CellResult | None
    """The same workload with one thread, for the ratio to the baseline."""
    waiting: CellResult | None
    """The waiting workload at its highest thread count."""
    delays: tuple[NoteResult, NoteResult] | None
    """How long answers took while no other thread computed, and while one did."""
    low_ceiling: Ceiling | None
    """The machine's own limit, when it is too low to judge the speed-up by."""
    differences: tuple[str, ...]
    """Names of what differs from the baseline besides the GIL, for CPython builds."""
    measured: CellResult | None
    """Any cell that was measured, for a plan without anything to compare."""
    gil_back: tuple[str, ...]
    """That an import turned the GIL back on in all of its cells, and the ways on."""
    is_pending: bool
    """The experiment is unfinished, and none of its processes failed so far."""

    @property
    def absence(self) -> tuple[Clause, ...]:
        """Return what to report where there is no other clause."""
        if self.measured is not None:
            time_s = formatting.seconds(self.measured.time_s)
            takes = (f"{self.measured.benchmark.name} takes ", time_s)
            return takes, ("nothing to compare it with",)
        if self.is_pending:
            return (("not measured yet: the run was stopped before it",),)
        if self.gil_back:
            return tuple((clause,) for clause in self.gil_back)
        return (("no result: none of its processes succeeded",),)

    @property
    def is_unsure(self) -> bool:
        """Whether the speed-up may be a gain, a loss or neither."""
        if self.cpu_scaling is not None:
            return is_open(self.cpu_scaling)
        verdict = self.cpu_verdict
        return verdict is not None and verdict.decision is Decision.UNRESOLVED

    @property
    def caveat(self) -> str:
        """Return what else differs from the baseline, in brackets."""
        # The names already tell PyPy from CPython.
        if not self.differences or "implementation" in self.differences:
            return ""
        return f" (they differ in: {', '.join(self.differences)})"

    @property
    def latency(self) -> Clause:
        """Return how late answers are while another thread computes."""
        if self.delays is None:
            return ()
        alone, loaded = (formatting.seconds(response.p99) for response in self.delays)
        answers = f"{self.delays[0].benchmark.workload} answers within "
        return answers, alone, " alone, ", loaded, " beside one computing thread (p99)"

    def sentence(self, *, baseline: str) -> str:
        """Return the whole answer as one sentence, without the label."""
        return "; ".join(self.clauses(baseline=baseline))

    def clauses(self, *, baseline: str) -> tuple[str, ...]:
        """Return the clauses of that sentence."""
        against, single = self._against(baseline), self._single(baseline)
        clauses = (self._scaling(), against, single, self._waiting(), self.latency)
        *others, last = tuple(filter(None, clauses)) or self.absence
        return formatting.clause_texts((*others, (*last, ".")))

    def _scaling(self) -> Clause:
        if self.cpu is None:
            return ()
        name, threads = self.cpu.benchmark.workload, _with(self.cpu)
        if self.cpu_speedup is None:
            return f"{name} takes ", formatting.seconds(self.cpu.time_s), f" {threads}"
        if self.low_ceiling:
            return (f"scaling is {self.low_ceiling.reason}",)
        # Without a run at one thread, the same work was run one after another.
        reference = "1" if self.one_thread else "one after another"
        judged = self.cpu_speedup, self.cpu_verdict
        subject = f"{name} {threads} against {reference}"
        ending = f" as fast {threads} as {'with ' if self.one_thread else ''}{reference}"
        if self.cpu_scaling is not None:
            gain = "it runs ", formatting.factor(self.cpu_speedup), ending
            return _scales(name, self.cpu_scaling, gain)
        gain = f"{name} runs ", formatting.factor(self.cpu_speedup), ending
        return _unless_changed(subject, judged, ways=("slower", "faster")) or gain

    def _against(self, baseline: str) -> Clause:
        """Return what is known against the baseline where the variant's own scaling is not."""
        cell, is_known = self.cpu, not self.is_unsure and self.low_ceiling is None
        if is_known or cell is None or self.label == baseline or cell.ratio is None:
            return ()
        if cell.verdict is None or cell.verdict.decision not in {Decision.FASTER, Decision.SLOWER}:
            return ()
        ratio = formatting.factor(cell.ratio)
        return f"{_with(cell)} it takes ", ratio, f" the time of {baseline} with {cell.threads}"

    def _single(self, baseline: str) -> Clause:
        cell = self.one_thread
        if cell is None or cell.ratio is None or self.label == baseline:
            return ()
        subject, judged = f"one thread against {baseline}", (cell.ratio, cell.verdict)
        loss = "one thread takes ", formatting.factor(cell.ratio), f" the time of {baseline}"
        ways = ("less", "more time")
        clause = _unless_changed(subject, judged, ways=ways, ending=" its time") or loss
        return *clause, self.caveat

    def _waiting(self) -> Clause:
        cell = self.waiting
        if cell is None or cell.speedup is None:
            return ()
        name, judged = cell.benchmark.workload, (cell.speedup, cell.speedup_verdict)
        if cell.scaling is not None:
            gain = "it gets ", formatting.factor(cell.speedup), f" as much done {_with(cell)}"
            return _scales(name, cell.scaling, gain)
        subject = f"{name} {_with(cell)} against 1"
        gain = f"{name} gets ", formatting.factor(cell.speedup), f" as much done {_with(cell)}"
        return _unless_changed(subject, judged, ways=("less", "more done")) or gain


def _scales(name: str, scaling: ScalingVerdict, gain: Clause) -> Clause:
    """Return whether a workload scales, and the gain that says so."""
    word = (
        f"whether {name} scales is {scaling.word}" if is_open(scaling) else f"{name} {scaling.word}"
    )
    return f"{word}: ", *gain, remedy(scaling)


def _unless_changed(
    subject: str,
    judged: tuple[Estimate, Verdict | None],
    *,
    ways: tuple[str, str],
    ending: str = "",
) -> Clause:
    """Return that a ratio is not resolved or unchanged; nothing where it is a change."""
    ratio, verdict = judged
    if verdict and verdict.decision is Decision.UNRESOLVED:
        span = between(ratio, verdict, less=ways[0], more=ways[1])
        return (f"{subject} is not resolved: {span}",)
    if verdict and verdict.decision is Decision.EQUIVALENT:
        return f"{subject} is {unchanged(verdict)}: ", formatting.factor(ratio), ending
    return ()


def headline(analysis: Analysis, label: str) -> Headline:
    """Return the clauses of one variant's answer.

    The thread count is fixed by the machine, not picked by the result: for computing the
    highest measured up to the physical cores, for waiting the highest measured.
    """
    cpu, speedup = _computing(analysis, label)
    return Headline(
        label=label,
        slot=series.slots(analysis)[label],
        cpu=cpu,
        cpu_speedup=speedup,
        cpu_verdict=cpu.speedup_verdict if cpu is not None and speedup is cpu.speedup else None,
        cpu_scaling=cpu.scaling if cpu is not None and speedup is cpu.speedup else None,
        one_thread=None if cpu is None else _one_thread(analysis, cpu),
        waiting=_longest_wait(analysis, label),
        delays=_delays(analysis, label),
        low_ceiling=low_ceiling(analysis, cpu.benchmark.workload) if cpu else None,
        differences=differences(analysis, label),
        measured=next((cell for cell in analysis.cells if cell.variant == label), None),
        gil_back=_gil_back(analysis, label),
        is_pending=not analysis.is_complete
        and all(failure.variant != label for failure in analysis.failures),
    )


def _gil_back(analysis: Analysis, label: str) -> tuple[str, ...]:
    backs = [back for back in analysis.gil_backs if back.variant == label]
    if not backs:
        return ()
    happened = "; ".join(gil_back_sentence(back) for back in backs)
    return f"no result: {happened}", ways_on(analysis.manifest.plan, label)


def _one_thread(analysis: Analysis, cell: CellResult) -> CellResult | None:
    """Return the same workload with one thread; none where it is compared with serial runs."""
    name = cell.benchmark.workload
    if any(contrast.threaded is cell for contrast in series.contrasts(analysis, name)):
        return None
    first = Benchmark(workload=name, mode=Mode.THREADS, threads=1)
    return analysis.cell(cell.variant, first)


def _longest_wait(analysis: Analysis, label: str) -> CellResult | None:
    curves = (
        _curve(analysis, label, workload)
        for workload in series.shown_workloads(analysis)
        if workload.kind is Kind.IO and not workload.is_paced
    )
    return next((curve[-1] for curve in curves if len(curve) > 1), None)


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
    """Return the names of what differs from the baseline besides the GIL."""
    plan = analysis.manifest.plan
    return different_names(plan.variant(plan.baseline), plan.variant(label))


def _computing(analysis: Analysis, label: str) -> tuple[CellResult | None, Estimate | None]:
    """Return the cell the answer is about, and its speed-up when there is one."""
    cores = analysis.manifest.machine.physical_cores
    fallback = None
    for workload in series.shown_workloads(analysis):
        if workload.kind is Kind.IO or workload.is_paced:
            continue
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


def _with(cell: CellResult) -> str:
    return f"with {formatting.count(cell.threads, 'thread')}"
