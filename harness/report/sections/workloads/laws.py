"""What limits scaling: laws, Karp–Flatt and the share of the ceiling, a table per workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.scaling_laws import Refusal
from harness.model import MODES, Mode
from harness.report.elements import Box, Column, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.numbers.ceiling import ceilings, low_among
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.analysis.results.experiment import Analysis
    from harness.analysis.results.scaling_laws import LawResult, LevelEstimate, ShareOfCeiling
    from harness.model import Estimate

__all__ = ["reading", "refused", "table", "warnings"]

_LAW = (
    table_rows.VARIANT,
    Column(title="Run", is_number=False),
    Column(title="Law", hint="With the N that it was fitted at", is_number=False),
    Column(title="n", hint="Blocks that α and β rest on"),
    Column(title="α", hint="Contention: mean over blocks with its interval"),
    Column(title="β", hint="Coherency: mean over blocks with its interval"),
)
_WHY = {
    Refusal.PACED: "the duration is fixed beforehand",
    Refusal.WAITS: "waiting needs no cores, and is not held against their number",
    Refusal.OWN_THREADS: "the workload brings its own number of threads",
    Refusal.NO_SINGLE: "there is no run with N = 1",
    Refusal.BEYOND_CORES: "every N above 1 is beyond the physical cores",
    Refusal.ONE_BLOCK: "fewer than two blocks have N = 1 and another N",
    Refusal.NOT_SEPARABLE: "α and β cannot be told apart, so β is taken as 0",
}
_READ_LAW = (
    "α is the part of the work that does not run at the same time: 0 is perfect scaling, 1 means "
    "that nothing runs in parallel, and above 1 the threads get in each other's way: several are "
    "slower than one. β is what each pair of threads costs besides; with it a curve turns down."
)
_READ_LEVELS = (
    "e(N) (Karp and Flatt) is the same part from one N alone: where it grows with N, a fixed part "
    "is not all that is lost. Both hold what the machine takes too; the share of the ceiling, "
    "speed-up in threads ÷ speed-up in processes, does not."
)


def reading(analysis: Analysis) -> tuple[Box, ...]:
    """Return how to read the tables, where there is any."""
    if not any(map(_has_numbers, analysis.laws)):
        return ()
    return (Box(title="What limits scaling", sentence="", items=(_READ_LAW, _READ_LEVELS)),)


def table(analysis: Analysis, workload: str) -> Table | None:
    """Return the laws of one workload, ``None`` where it has no number."""
    laws = _laws(analysis, workload)
    if not any(map(_has_numbers, laws)):
        return None
    shares = {
        share.variant: share for share in analysis.shares_of_ceiling if share.workload == workload
    }
    parts = _counts(level for law in laws for level in law.karp_flatt)
    reached = _counts(level for share in shares.values() for level in share.levels)
    ratio = "Speed-up in threads ÷ speed-up in processes"

    def cells(law: LawResult) -> tuple[Shown, ...]:
        is_measured = law.mode is Mode.THREADS and law.variant in shares
        levels = shares[law.variant].levels if is_measured else ()
        shown_shares = _at(levels, reached, show=formatting.share)
        return *_law_cells(law), *shown_shares, *_at(law.karp_flatt, parts, show=formatting.amount)

    return Table(
        caption="What does not run at the same time",
        columns=(
            *_LAW,
            *(Column(title=f"Of the ceiling at {count}", hint=ratio) for count in reached),
            *(Column(title=f"e({count})", hint="(1/S − 1/N) ÷ (1 − 1/N)") for count in parts),
        ),
        rows=table_rows.rows(analysis, ((law.variant, cells(law)) for law in laws)),
        note=" ".join(_notes(analysis, laws, shares)),
    )


def refused(analysis: Analysis, workload: str) -> tuple[str, ...]:
    """Return why a workload has no numbers here, a sentence for each reason."""
    laws = _laws(analysis, workload)
    if any(map(_has_numbers, laws)):
        return ()
    reasons = dict.fromkeys(law.refusal for law in laws)
    return tuple(f"No law is fitted: {_WHY[why]}." for why in reasons if why is not None)


def warnings(analysis: Analysis) -> tuple[str, ...]:
    """Return whose α is not the interpreter's own, where the machine itself hardly scales."""
    limits = ceilings(analysis)
    low = tuple(
        workload.name
        for workload in series.shown_workloads(analysis)
        if any(map(_has_numbers, _laws(analysis, workload.name)))
        and low_among(limits, workload.name)
    )
    if not low:
        return ()
    sentence = (
        f"This machine's own limit is low, and α, β and e(N) of {formatting.listed(low)} hold it: "
        "they say little about the interpreters. Read the share of the ceiling."
    )
    return (sentence,)


def _laws(analysis: Analysis, workload: str) -> list[LawResult]:
    """Return a workload's curves by variant, threads before processes."""
    slots, modes = series.slots(analysis), tuple(MODES)
    mine = [law for law in analysis.laws if law.workload == workload]
    return sorted(mine, key=lambda law: (slots[law.variant], modes.index(law.mode)))


def _has_numbers(law: LawResult) -> bool:
    return law.law is not None or bool(law.karp_flatt)


def _law_cells(law: LawResult) -> tuple[Shown, ...]:
    run = Shown(str(law.mode))
    if law.law is None or law.alpha is None:
        return (run, *[Shown(formatting.ABSENT)] * 4)
    fitted = f"N = {', '.join(map(str, law.levels))}"
    beta = Shown("0", "assumed", "0") if law.beta is None else formatting.coefficient(law.beta)
    n = formatting.keyed(str(law.alpha.n), law.alpha.n)
    return run, Shown(str(law.law), fitted), n, formatting.amount(law.alpha), beta


def _at(
    levels: tuple[LevelEstimate, ...],
    counts: tuple[int, ...],
    *,
    show: Callable[[Estimate | None], Shown],
) -> tuple[Shown, ...]:
    estimates = {level.threads: level.estimate for level in levels}
    return tuple(show(estimates.get(count)) for count in counts)


def _counts(levels: Iterable[LevelEstimate]) -> tuple[int, ...]:
    return tuple(sorted({level.threads for level in levels}))


def _notes(
    analysis: Analysis, laws: list[LawResult], shares: dict[str, ShareOfCeiling]
) -> list[str]:
    """Return what must be known of one table: what was refused, and whose ceiling it is."""
    cores = analysis.manifest.machine.physical_cores
    reasons: dict[Refusal, list[str]] = {}
    for law in laws:
        if law.refusal is not None:
            reasons.setdefault(law.refusal, []).append(f"{law.variant} in {law.mode}")
    notes = [f"{formatting.listed(tuple(who))}: {_WHY[why]}." for why, who in reasons.items()]
    if any(len(law.levels) == 2 for law in laws):  # noqa: PLR2004 - N = 1 and one more
        notes.append("With one N above 1, α is e(N), and nothing tests the law.")
    if any(level.threads > cores for law in laws for level in law.karp_flatt):
        notes.append(
            f"Laws end at {formatting.count(cores, 'physical core')}; beyond, e(N) holds the lack "
            "of cores too."
        )
    owners: dict[str, list[str]] = {}
    for share in shares.values():
        owners.setdefault(share.ceiling, []).append(share.variant)
    notes += [
        f"The ceiling of {formatting.listed(tuple(who))} is {whose} in processes."
        for whose, who in owners.items()
    ]
    return notes
