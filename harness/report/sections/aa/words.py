"""What this machine calls different by chance: from its A/A experiment, or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.aa import FLOOR_SHARE
from harness.analysis.trust.aa import why_not_kept
from harness.report.elements import Column, Section, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.words import formatting
from harness.report.words.verdicts import detectable, percent, probability
from harness.statistics.levels import ALPHA
from harness.statistics.verdicts import PRACTICAL

if TYPE_CHECKING:
    from harness.analysis.results.aa import AaComparison, AaResult
    from harness.analysis.results.experiment import Analysis

__all__ = ["aa_sentences", "known_noise", "section"]


def known_noise(analysis: Analysis) -> str:
    """Return from which difference on one matters, and where that is known from."""
    noise = analysis.manifest.noise
    if analysis.aa is not None:
        return ""
    if noise is None or not noise.is_usable:
        return (
            f"A difference matters from {percent(PRACTICAL)} on: an assumption, as this machine's "
            "own noise was not measured; `nox -s aa` measures it."
        )
    over = f" over {formatting.count(noise.blocks, 'block')}" if noise.blocks else ""
    source = (
        f"In the A/A experiment of {noise.created[:10]} on this machine, one interpreter against "
        f"itself{over}, {_most(noise.comparisons)} were within "
        f"{percent(noise.floor)} of 1, and {noise.different} of them were called different."
    )
    threshold = percent(analysis.threshold)
    is_floor = noise.floor > PRACTICAL
    why = "that noise" if is_floor else "less is of no practical matter"
    return f"{source} So a difference matters from {threshold} on: {why}."


def aa_sentences(analysis: Analysis) -> tuple[str, ...]:
    """Return what an A/A experiment found, one sentence each; nothing for another."""
    result = analysis.aa
    if result is None:
        return ()
    total = len(result.comparisons)
    called = (
        f"{result.different} of {formatting.count(total, 'comparison')} of one interpreter with "
        f"itself called different at {percent(ALPHA)}: {_share(result)}; after Holm's correction, "
        f"as reports decide, {result.different_in_family}."
    )
    floor = (
        f"Noise floor: {_most(total)} are within {percent(result.floor)} of 1. Smaller differences "
        "are as likely to be chance here, in as many blocks."
    )
    sentences = [called, floor]
    letter = analysis.grade.letter
    why = why_not_kept(analysis.manifest, result, blocks=analysis.blocks_done, letter=letter)
    if why:
        sentences.append(f"Not stored as this machine's noise floor: {why}.")
    if result.autocorrelation is not None and result.paired_autocorrelation is not None:
        sentences.append(
            "Lag-1 autocorrelation of processes in the order they ran: "
            f"{_correlation(result.autocorrelation)}; of differences within blocks: "
            f"{_correlation(result.paired_autocorrelation)}. Pairs are to take the first away."
        )
    return tuple(sentences)


def section(analysis: Analysis) -> Section:
    """Return what an A/A experiment found; of any other, what is known of this machine."""
    result = analysis.aa
    if result is None:
        noise = analysis.manifest.noise
        is_known = noise is not None and noise.is_usable
        sentences = (known_noise(analysis),) if is_known else ()
        absent = "" if is_known else "Measure what differs by chance here: `nox -s aa`"
        return Section(anchor="aa", title=_TITLE, sentences=sentences, absent=absent)
    columns = (
        table_rows.VARIANT,
        Column(title="Workload", is_number=False),
        table_rows.RUN,
        Column(title="n", hint="Pairs the interval rests on"),
        Column(title="Ratio", hint="Time under this label ÷ under the other: 1 is right"),
        Column(title="p", hint="Chance of as large a difference, or larger, without any"),
        Column(title="Could find", hint="The difference found in four of five such experiments"),
        Column(title="Called", is_number=False),
    )
    rows = table_rows.rows(analysis, ((each.variant, _cells(each)) for each in result.comparisons))
    table = Table(
        caption="The same interpreter under two labels", columns=columns, rows=rows, note=_NOTE
    )
    return Section(
        anchor="aa",
        title=_TITLE,
        sentences=aa_sentences(analysis),
        tables=(table,),
    )


_TITLE = "One interpreter against itself"
_CHANCES = {20: "twenty"}.get(round(1 / ALPHA), f"{1 / ALPHA:.0f}")
_NOTE = (
    f"p is that of one comparison alone; at {percent(ALPHA)}, one of {_CHANCES} is below by chance."
)


def _cells(comparison: AaComparison) -> tuple[Shown, ...]:
    ratio, verdict = comparison.ratio, comparison.verdict
    return (
        Shown(comparison.benchmark.workload),
        Shown(series.how(comparison.benchmark)),
        formatting.keyed(str(ratio.n), ratio.n),
        formatting.factor(ratio),
        formatting.keyed(probability(verdict.p), verdict.p),
        formatting.keyed(detectable(verdict), verdict.mde),
        Shown("different" if comparison.is_significant_unadjusted else "same"),
    )


def _most(ratios: int) -> str:
    """Return which part of so many ratios the floor is an upper bound of."""
    if ratios < 20:  # noqa: PLR2004 - the nearest rank is the last one
        return "the ratio" if ratios == 1 else f"all of {ratios} ratios"
    return f"{percent(FLOOR_SHARE)} of {ratios} ratios"


def _share(result: AaResult) -> str:
    low, high = result.rate.low or 0.0, result.rate.high or 0.0
    return f"{result.rate.point * 100:.0f}\u00a0% [{low * 100:.0f}, {high * 100:.0f}]"


def _correlation(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\u2212")
