"""The lesson's story in words, with the numbers of this experiment in its places."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Decision, Kind, Mode
from harness.report.numbers import series
from harness.report.words import formatting
from harness.report.words.scaling import is_open
from harness.report.words.verdicts import between, percent

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Verdict, Workload
    from harness.report.numbers.series import Contrast

__all__ = ["LESSON", "ContrastChart", "Replay", "charts", "conclusion", "replays", "waiting"]

LESSON = "lesson"
"""The tag of the workload whose story this is."""
_SPACE = "\u00a0"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ContrastChart:
    """One workload: its two times under each variant that has both."""

    name: str
    workload: Workload
    contrasts: tuple[Contrast, ...]


def charts(analysis: Analysis) -> tuple[ContrastChart, ...]:
    """Return the charts in the order in which workloads are shown."""
    return tuple(
        ContrastChart(name=f"contrast-{rank}", workload=workload, contrasts=contrasts)
        for rank, workload in enumerate(series.shown_workloads(analysis))
        if (contrasts := series.contrasts(analysis, workload.name))
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replay:
    """The lesson under one interpreter."""

    label: str
    verdict: str
    """``longer``, ``shorter``, ``as long`` or ``not resolved``: with threads."""
    sentence: str


def replays(analysis: Analysis) -> tuple[Replay, ...]:
    """Return the lesson under each interpreter that it was measured with."""
    return tuple(
        _replay(contrast)
        for workload in series.shown_workloads(analysis)
        if LESSON in workload.tags
        for contrast in series.contrasts(analysis, workload.name)
    )


def _replay(contrast: Contrast) -> Replay:
    threaded = contrast.threaded
    verdict = threaded.speedup_verdict if contrast.speedup is threaded.speedup else None
    word, judged = _judged(contrast.speedup, verdict)
    (sentence,) = formatting.clause_texts(
        [
            (
                f"{contrast.label}: ",
                formatting.seconds(contrast.serial.time_s),
                " one after another, ",
                formatting.seconds(threaded.time_s),
                f" with {formatting.count(threaded.threads, 'thread')}. {judged}: ",
                formatting.factor(contrast.speedup),
                f" as fast, {_basis(contrast.speedup.n)}.",
            )
        ]
    )
    return Replay(label=contrast.label, verdict=word, sentence=sentence)


def _basis(n: int) -> str:
    """Return what a speed-up rests on, such as ``n = 10 blocks``."""
    return f"n{_SPACE}={_SPACE}{formatting.count(n, 'block')}" if n > 1 else "one block only"


def _judged(speedup: Estimate, verdict: Verdict | None) -> tuple[str, str]:
    """Return what threads made of the time, as a word and as a clause."""
    if verdict is None:
        return "not resolved", "Whether threads take longer cannot be judged"
    match verdict.decision:
        case Decision.SLOWER:
            return "longer", "Threads take longer, as they did in the lesson"
        case Decision.FASTER:
            return "shorter", "Threads take less time, not more as in the lesson"
        case Decision.EQUIVALENT:
            within = percent(verdict.threshold)
            return "as long", f"Threads take as long, within {within}: nothing gained"
        case Decision.UNRESOLVED:
            span = between(speedup, verdict, less="slower", more="faster")
            because = f" ({span})" if span else ""
            return "not resolved", f"Whether threads take longer is not resolved{because}"


def conclusion(replays: tuple[Replay, ...]) -> str:
    """Return under which interpreters the lesson's observation is true; empty without any."""
    labels = {
        verdict: formatting.listed(
            tuple(replay.label for replay in replays if replay.verdict == verdict)
        )
        for verdict in ("longer", "as long", "shorter", "not resolved")
    }
    words = {
        "longer": "longer under {}, as in the lesson",
        "as long": "as long under {}",
        "shorter": "less time under {}",
    }
    parts = [each.format(labels[verdict]) for verdict, each in words.items() if labels[verdict]]
    sentences = [f"With a thread for each number it takes {'; '.join(parts)}."] if parts else []
    if labels["not resolved"]:
        sentences.append(f"Whether it takes longer is not resolved for {labels['not resolved']}.")
    return " ".join(sentences)


def waiting(analysis: Analysis) -> tuple[str, ...]:
    """Return what several threads are worth in the first workload that waits and has them."""
    for workload in series.shown_workloads(analysis):
        if workload.kind is not Kind.IO or workload.is_paced:
            continue
        most: dict[str, CellResult] = {}
        for cell in sorted(analysis.cells, key=lambda cell: cell.threads, reverse=True):
            is_several = cell.mode is Mode.THREADS and cell.threads > 1 and cell.speedup is not None
            if is_several and cell.benchmark.workload == workload.name:
                most.setdefault(cell.variant, cell)
        if most:
            slots = series.slots(analysis)
            return tuple(_waited(most[label]) for label in slots if label in most)
    return ()


def _waited(cell: CellResult) -> str:
    gain, verdict = formatting.factor(cell.speedup), cell.speedup_verdict
    basis = _basis(cell.speedup.n if cell.speedup else 0)
    threads = formatting.count(cell.threads, "thread")
    name = cell.benchmark.workload
    judged = f"{threads} of {name} get {gain.text} as much done as one in the same time"
    is_known = cell.scaling is not None and not is_open(cell.scaling)
    if not is_known and (verdict is None or verdict.decision is Decision.UNRESOLVED):
        judged = f"what {threads} of {name} gain is not resolved: {gain.text}"
    elif verdict is not None and verdict.decision is Decision.EQUIVALENT:
        within = percent(verdict.threshold)
        judged = f"{threads} of {name} get as much done as one, within {within}: {gain.text}"
    return f"{cell.variant}: {judged}, {basis}."
