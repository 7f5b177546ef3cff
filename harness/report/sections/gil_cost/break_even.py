"""From how many threads on a build without the GIL is faster, as one sentence per pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.scaling_laws import Reached
from harness.report.numbers import series
from harness.report.numbers.ceiling import ceilings, low_among
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.analysis.results.scaling_laws import BreakEven
    from harness.report.sections.gil_cost.numbers import Pair

__all__ = ["break_even_sentences"]


def break_even_sentences(analysis: Analysis, pair: Pair) -> tuple[str, ...]:
    """Return where the pair breaks even, and what that means; nothing without intervals.

    Workloads whose scaling this machine is too poor to judge are left out.
    """
    limits = ceilings(analysis)
    groups: dict[str, list[str]] = {}
    for workload in series.shown_workloads(analysis):
        for one in analysis.break_evens:
            is_own = (one.gil, one.free_threaded) == (pair.gil, pair.free_threaded)
            if is_own and one.workload == workload.name and not low_among(limits, one.workload):
                groups.setdefault(_where(one), []).append(one.workload)
    if not groups:
        return ()
    said = "; ".join(
        f"{where} for {formatting.listed(tuple(names))}" for where, names in groups.items()
    )
    meaning = (
        "Break-even is the fewest threads measured at which the whole interval favours "
        f"{pair.free_threaded}. All intervals of one workload hold together at "
        f"{analysis.level * 100:g} %, and so are wider than those in the table."
    )
    return f"Break-even of {pair.free_threaded} with {pair.gil}: {said}.", meaning


def _where(one: BreakEven) -> str:
    if one.threads is not None:
        already = "already " if one.reached is Reached.AT_ONE else ""
        return f"{already}{formatting.count(one.threads, 'thread')}"
    if one.reached is Reached.UNRESOLVED:
        return "not resolved"
    counts = formatting.listed(tuple(str(level.threads) for level in one.levels))
    is_alone = len(one.levels) == 1
    return f"not with {counts} threads" if is_alone else f"with none of {counts} threads"
