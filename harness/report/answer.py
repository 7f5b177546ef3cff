"""The answer in sentences: one per variant, and what the machine itself allows.

Place in the flow: used by ``view`` for the top of the page and by ``terminal``; plain
text, no rounding of its own.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Benchmark, Kind, Mode
from harness.report import series, text

if TYPE_CHECKING:
    from harness.analysis.results import Analysis, CellResult
    from harness.model import Estimate, Workload

__all__ = ["Headline", "ceiling_verdicts", "headline", "is_ceiling_low"]

_LOW_CEILING = 0.85
"""Below this share of the ideal the machine, not the interpreter, sets the limit."""

_NO_CHANGE = "no measurable change"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Headline:
    """What one variant did, in clauses: any of them may be missing."""

    label: str
    slot: int
    cpu: CellResult | None
    """The computing workload at the thread count the answer is about."""
    cpu_speedup: Estimate | None
    one_thread: CellResult | None
    """The same workload with one thread, for the ratio to the baseline."""
    waiting: CellResult | None
    """The waiting workload at its highest thread count."""
    is_pending: bool
    """The experiment is unfinished, and none of its processes failed so far."""

    @property
    def absence(self) -> str:
        """Return why there is no clause at all."""
        if self.is_pending:
            return "not measured yet: the run was stopped before it"
        return "no result: none of its processes succeeded"

    def sentence(self, *, baseline: str) -> str:
        """Return the whole answer as one sentence, without the label."""
        clauses = [self._scaling(), self._single(baseline), self._waiting()]
        said = "; ".join(clause for clause in clauses if clause)
        return text.said_once(f"{said}.") if said else f"{self.absence}."

    def _scaling(self) -> str:
        if self.cpu is None:
            return ""
        name, speedup = self.cpu.benchmark.workload, self.cpu_speedup
        if speedup is None:
            return f"{name} takes {text.seconds(self.cpu.time_s).text} {_with(self.cpu)}"
        number = text.factor(speedup).text
        # Without a run at one thread, the same work was run one after another.
        one = "with 1" if self.one_thread else "one after another"
        if text.is_unchanged(speedup):
            than = one.removeprefix("with ")
            return f"{name} shows {_NO_CHANGE} {_with(self.cpu)} against {than}: {number}"
        return f"{name} runs {number} as fast {_with(self.cpu)} as {one}"

    def _single(self, baseline: str) -> str:
        ratio = self.one_thread.ratio if self.one_thread else None
        if ratio is None or self.label == baseline:
            return ""
        number = text.factor(ratio).text
        if text.is_unchanged(ratio):
            return f"one thread shows {_NO_CHANGE} against {baseline}: {number} its time"
        return f"one thread takes {number} the time of {baseline}"

    def _waiting(self) -> str:
        if self.waiting is None or self.waiting.speedup is None:
            return ""
        name, number = self.waiting.benchmark.workload, text.factor(self.waiting.speedup).text
        if text.is_unchanged(self.waiting.speedup):
            return f"{name} shows {_NO_CHANGE} {_with(self.waiting)}: {number}"
        return f"{name} gets {number} as much done {_with(self.waiting)}"


def headline(analysis: Analysis, label: str) -> Headline:
    """Return the clauses of one variant's answer.

    The thread count is fixed by the machine, not picked by the result: for computing the
    highest measured up to the physical cores, for waiting the highest measured.
    """
    slot = series.slots(analysis)[label]
    workloads = series.shown_workloads(analysis)
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
        one_thread=one,
        waiting=next((curve[-1] for curve in found if len(curve) > 1), None),
        is_pending=analysis.blocks_done < analysis.manifest.plan.preset.blocks
        and all(failure.variant != label for failure in analysis.failures),
    )


def is_ceiling_low(analysis: Analysis) -> bool:
    """Return whether the machine itself scales too badly to judge an interpreter by it."""
    return any(_is_low(point) for _, point in _ceilings(analysis))


def ceiling_verdicts(analysis: Analysis) -> tuple[str, ...]:
    """Return one sentence per workload whose work was also run in processes."""
    said = []
    for workload, point in _ceilings(analysis):
        number, threads = text.factor(point.speedup).text, point.threads
        name = workload.name
        if _is_low(point):
            said.append(
                f"This machine's own limit is low: {name} in {threads} processes, which share no "
                f"lock, runs only {number} as fast as in one. Scaling verdicts are withheld.",
            )
        else:
            said.append(
                f"Measured ceiling: {name} in {threads} processes, which share no lock, "
                f"runs {number} as fast as in one.",
            )
    return tuple(said)


def _ceilings(analysis: Analysis) -> list[tuple[Workload, series.Point]]:
    """Return each workload's ceiling at the physical cores, or at the most below them."""
    cores = analysis.manifest.machine.physical_cores
    found = []
    for chart in series.charts(analysis):
        points = [point for line in chart.ceilings for point in line.points]
        usable = [point for point in points if 1 < point.threads <= cores]
        if usable:
            most = max(point.threads for point in usable)
            at_most = [point for point in usable if point.threads == most]
            found.append((chart.workload, max(at_most, key=lambda point: point.speedup.point)))
    return found


def _is_low(point: series.Point) -> bool:
    return point.speedup.point < _LOW_CEILING * point.threads


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
    return f"with {text.count(cell.threads, 'thread')}"
