"""What sharing costs: the same work on a state for each thread, and on one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Decision
from harness.report.elements import Column, FigureView, Section, Shown, Table
from harness.report.numbers import table_rows
from harness.report.numbers.thread_choice import n_said, where, with_n
from harness.report.sections.shared_state.numbers import drawn, pair_rows
from harness.report.words import csv_text, formatting
from harness.report.words.verdicts import UNRESOLVED, unchanged

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.report.sections.shared_state.numbers import ArmRow, PairRows

__all__ = ["FIGURE", "section"]

FIGURE = "shared-pairs"
_HOW = (
    "Both arms of a pair do the same work: in the private one each thread has a state of its own, "
    "in the shared one all work on the same. What lies between them is the price of sharing: a "
    "lock, or the count of references, that the threads pass from core to core. With the GIL "
    "only one thread runs at a time, and there is little left to wait for."
)
_ABSENT = (
    "No pair of a private and a shared workload was measured with several threads: "
    "`nox -s bench -- --workload counter` measures one, `--workload 'shared/*'` all of them."
)
_MAX_SAID = 6
"""Variants that have a sentence each."""
_COLUMNS = (
    Column(title="Pair", is_number=False),
    Column(title="Variant", is_number=False),
    Column(title="Speed-up, private", hint="Over one thread of the same variant and arm"),
    Column(title="Speed-up, shared", hint="Over one thread of the same variant and arm"),
    Column(title="Cost of sharing", hint="Time of the shared arm ÷ that of the private one"),
    Column(title="Verdict", hint="On the cost, among all of the pair", is_number=False),
)
_WORDS = {
    Decision.FASTER: "sharing is faster",
    Decision.SLOWER: "sharing is slower",
    Decision.UNRESOLVED: UNRESOLVED,
}


def section(analysis: Analysis) -> Section:
    """Return the section; it says how to get it where no pair was measured."""
    pairs = pair_rows(analysis)
    figure = (_figure(analysis, pairs),) if drawn(pairs) else ()
    return Section(
        anchor="sharing",
        title="What sharing costs",
        sentences=(_HOW, *_sentences(pairs), *_left_out(pairs)) if pairs else (),
        figures=figure,
        tables=() if figure or not pairs else (_table(pairs),),
        absent="" if pairs else _ABSENT,
    )


def _sentences(pairs: tuple[PairRows, ...]) -> tuple[str, ...]:
    """Return for each variant in how many pairs sharing costs something, and where most."""
    labels = tuple(dict.fromkeys(row.label for pair in pairs for row in pair.rows))
    if len(labels) > _MAX_SAID:
        return tuple(filter(None, [_sentence(f"{len(labels)} variants", pairs, labels)]))
    return tuple(filter(None, (_sentence(label, pairs, (label,)) for label in labels)))


def _sentence(who: str, pairs: tuple[PairRows, ...], labels: tuple[str, ...]) -> str:
    """Return one sentence about these variants together, empty where nothing is judged."""
    judged = [
        (row.cost.cost.point, pair.pair, row.cost, row.cost.verdict.decision)
        for pair in pairs
        for row in pair.rows
        if row.label in labels and row.cost and row.cost.verdict
    ]
    if not judged:
        return ""
    dear = [cell[:3] for cell in judged if cell[3] is Decision.SLOWER]
    cells = formatting.count(len(judged), "pair" if len(labels) == 1 else "cell")
    if not dear:
        return f"{who}: in none of {cells} is sharing shown to take longer."
    _, name, cost = max(dear, key=lambda cell: cell[:2])
    owner = name if len(labels) == 1 else f"{name} under {cost.variant}"
    blocks = f"n\u00a0=\u00a0{formatting.count(cost.cost.n, 'block')}"
    where_most = f"{owner}: {formatting.factor(cost.cost).text} the time, {blocks}."
    if len(judged) == 1:
        return f"{who}: sharing takes longer in {where_most}"
    return f"{who}: sharing takes longer in {len(dear)} of {cells}, most in {where_most}"


def _left_out(pairs: tuple[PairRows, ...]) -> tuple[str, ...]:
    shown = drawn(pairs)
    if not shown or len(shown) == len(pairs):
        return ()
    return (f"The figure shows {len(shown)} of {len(pairs)} pairs; the table has all.",)


def _figure(analysis: Analysis, pairs: tuple[PairRows, ...]) -> FigureView:
    threads, each = pairs[0].threads, " ".join(map(_each, drawn(pairs)))
    return FigureView(
        name=FIGURE,
        title=f"Private and shared, {threads} threads",
        subtitle=(
            "Speed-up over one thread of each arm, and the time of the shared arm ÷ that of the "
            f"private one; {where(analysis, threads)}"
        ),
        description=f"Pairs of dots on a logarithmic scale of speed-ups. {each}",
        table=_table(pairs),
        csv=_csv(pairs),
    )


def _each(pair: PairRows) -> str:
    rows = (
        f"{row.label} {formatting.factor(row.private).value} private, "
        f"{formatting.factor(row.shared).value} shared, cost {formatting.factor(row.ratio).text}"
        for row in pair.rows
    )
    return f"{pair.pair}: {'; '.join(rows)}."


def _table(pairs: tuple[PairRows, ...]) -> Table:
    n = n_said(row.ratio for pair in pairs for row in pair.rows)
    return Table(
        caption=f"Private and shared arms with {pairs[0].threads} threads",
        columns=_COLUMNS,
        rows=table_rows.grouped(
            (pair.pair, None, _cells(row)) for pair in pairs for row in pair.rows
        ),
        note=f"The cost comes from pairs within blocks, {n}." if n else "",
    )


def _cells(row: ArmRow) -> tuple[Shown, ...]:
    ratios = (row.private, row.shared, row.ratio)
    verdict, judged = row.cost.verdict if row.cost else None, formatting.ABSENT
    if verdict is not None:
        judged = _WORDS.get(verdict.decision) or unchanged(verdict)
    return (
        Shown(row.label, "failed" if row.has_failed else ""),
        *(with_n(formatting.factor(ratio), ratio) for ratio in ratios),
        Shown(judged),
    )


def _csv(pairs: tuple[PairRows, ...]) -> str:
    bounds = csv_text.counted_bounds("private_speedup", "shared_speedup", "cost")
    rows = []
    for pair in pairs:
        for row in pair.rows:
            ratios = (row.private, row.shared, row.ratio)
            numbers = (number for ratio in ratios for number in csv_text.counted(ratio))
            verdict = row.cost.verdict if row.cost else None
            decision = str(verdict.decision) if verdict else None
            rows.append((pair.pair, row.label, pair.threads, *numbers, decision))
    return csv_text.csv_text(("pair", "variant", "threads", *bounds, "verdict"), rows)
