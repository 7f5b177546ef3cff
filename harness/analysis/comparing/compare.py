"""Two sides → what differs between them: the one entry of comparing."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.analysis.comparing.comparability import common_builds, why_incomparable
from harness.analysis.comparing.comparison import Basis, Choice, Compared, How, NamedCell
from harness.analysis.comparing.run_to_run import RunToRunEstimate, assumed
from harness.analysis.comparing.sides import WHOLE_FILE, Key
from harness.errors import ConfigError, NothingToDoError, nearest
from harness.statistics.intervals import exponentiated, mean_t, ratio
from harness.statistics.location import Location, RunToRun, paired, welch
from harness.statistics.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from harness.analysis.comparing.sides import CellSample, ComparisonInput

__all__ = ["Anchor", "Cells", "anchor_of", "compare", "is_one_experiment"]

_SPEEDLESS = frozenset({"byte"})
"""Units of measures that do not depend on the machine's speed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cells:
    """Every cell, by the outcome of the comparison."""

    compared: tuple[Compared, ...]
    missing: tuple[NamedCell, ...]
    added: tuple[NamedCell, ...]
    failed: tuple[NamedCell, ...]
    not_comparable: tuple[NamedCell, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Pair:
    """A cell of both sides."""

    old_key: Key
    new_key: Key
    old: CellSample
    new: CellSample


class Anchor(NamedTuple):
    """The label of one build in both experiments."""

    old: str
    new: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Context:
    """What the comparison of each cell needs."""

    choice: Choice
    anchor: Anchor | None
    known: Mapping[str, RunToRunEstimate]


def compare(
    old: ComparisonInput,
    new: ComparisonInput,
    choice: Choice,
    known: Mapping[str, RunToRunEstimate],
) -> Cells:
    """Compare NEW with OLD cell by cell; ``known`` is the run-to-run spread by kind of work.

    Raises NothingToDoError when they have no cell in common, ConfigError for a choice that
    does not fit them.
    """
    names = _names(old, new, choice)
    pairs = _pairs(old, new, names)
    reasons = [(pair, why_incomparable(pair.old, pair.new)) for pair in pairs]
    if not pairs:
        raise NothingToDoError(_nothing_common(old, new))
    means = _Context(choice=choice, anchor=anchor_of(old, new, choice), known=known)
    compared = [_compared(old, new, pair, means) for pair, reason in reasons if not reason]
    failed = {lost.key for lost in (*old.lost, *new.lost) if not lost.succeeded}
    old_done = failed | {pair.old_key for pair in pairs}
    new_done = failed | {pair.new_key for pair in pairs}
    old_names, new_names = ({pair[which] for pair in names} for which in (0, 1))
    return Cells(
        compared=_judged(compared, choice.threshold),
        missing=tuple(
            NamedCell(key=key, reason="not in NEW")
            for key in old.samples
            if key not in old_done and key.variant in old_names
        ),
        added=tuple(
            NamedCell(key=key, reason="not in OLD")
            for key in new.samples
            if key not in new_done and key.variant in new_names
        ),
        failed=_failed(old, "OLD") + _failed(new, "NEW"),
        not_comparable=tuple(
            NamedCell(key=pair.new_key, reason=reason) for pair, reason in reasons if reason
        ),
    )


def _names(
    old: ComparisonInput, new: ComparisonInput, choice: Choice
) -> tuple[tuple[str, str], ...]:
    """Return which variant of OLD is compared with which of NEW; a file's is empty."""
    if choice.variants and not (old.is_experiment or new.is_experiment):
        raise ConfigError("--variant chooses among those of experiments: pyperf files have none")
    if choice.variants:
        for a, b in choice.variants:
            _refuse_unknown(old, a)
            _refuse_unknown(new, b)
        return tuple(
            (a if old.is_experiment else "", b if new.is_experiment else "")
            for a, b in choice.variants
        )
    if old.is_experiment == new.is_experiment:
        labels = {key.variant for key in old.samples} | {key.variant for key in new.samples}
        return tuple((label, label) for label in sorted(labels))
    experiment, file = (old, new) if old.is_experiment else (new, old)
    benchmarks = {key.benchmark for key in file.samples}
    fitting = sorted({key.variant for key in experiment.samples if key.benchmark in benchmarks})
    if len(fitting) > 1:
        raise ConfigError(
            f"{file.name} may be any of {', '.join(fitting)}: choose one with --variant LABEL"
        )
    return tuple((label, "") if old.is_experiment else ("", label) for label in fitting)


def _refuse_unknown(side: ComparisonInput, label: str) -> None:
    labels = [variant.label for variant in side.variants]
    if labels and label not in labels:
        raise ConfigError(f"{side.name} has no variant {label!r}; {nearest(label, labels)}")


def _pairs(
    old: ComparisonInput, new: ComparisonInput, names: tuple[tuple[str, str], ...]
) -> list[_Pair]:
    """Return the cells that both have, in the order of OLD."""
    return [
        _Pair(old_key=key, new_key=other, old=sample, new=new.samples[other])
        for key, sample in old.samples.items()
        for mine, theirs in names
        if key.variant == mine and (other := Key(theirs, key.benchmark)) in new.samples
    ]


def _nothing_common(old: ComparisonInput, new: ComparisonInput) -> str:
    def some(side: ComparisonInput) -> str:
        names = [" ".join(filter(None, key)) for key in side.samples]
        return f"{side.name} has {', '.join(names[:4])}{' …' if len(names) > 4 else ''}"  # noqa: PLR2004

    hint = ""
    if {key.benchmark for key in old.samples} & {key.benchmark for key in new.samples}:
        hint = ": choose the variants to compare with --variant OLD=NEW"
    return f"no cell is in both: {some(old)}; {some(new)}{hint}"


def anchor_of(old: ComparisonInput, new: ComparisonInput, choice: Choice) -> Anchor | None:
    """Return the build in both experiments that ratios are taken to.

    The chosen one, by its label on either side; else the baseline of OLD, else the first. Raises
    ConfigError when the chosen one is not the same build in both.
    """
    common = common_builds(old, new)
    if not choice.may_anchor:
        return None
    for mine, theirs, _ in common:
        if choice.anchor in (None, mine, theirs):
            return Anchor(old=mine, new=theirs)
    if choice.anchor is not None:
        labels = ", ".join(mine for mine, _, _ in common) or "none"
        raise ConfigError(
            f"--anchor {choice.anchor}: not the same build in both experiments; these are: {labels}"
        )
    return None


def _compared(old: ComparisonInput, new: ComparisonInput, pair: _Pair, means: _Context) -> Compared:
    where, basis = (
        _in_blocks(old, new, pair)
        or _anchored(old, new, pair, means.anchor)
        or _widened(pair, means)
    )
    return Compared(
        key=pair.new_key,
        old_variant=pair.old_key.variant,
        family=_family(old, new, pair),
        unit=pair.old.unit,
        old=exponentiated(mean_t(pair.old.logs)),
        new=exponentiated(mean_t(pair.new.logs)),
        ratio=ratio(where),
        where=where,
        verdict=None,
        basis=basis,
    )


def is_one_experiment(old: ComparisonInput, new: ComparisonInput) -> bool:
    """Return whether both sides come from one experiment, whose blocks they share."""
    return bool(old.experiment) and old.experiment == new.experiment


def _family(old: ComparisonInput, new: ComparisonInput, pair: _Pair) -> str:
    if old.is_experiment and new.is_experiment:
        return pair.old.family
    # Benchmarks of ours are called after their workload.
    benchmark = pair.new_key.benchmark
    return benchmark.partition("/")[0] if is_one_experiment(old, new) else WHOLE_FILE


def _in_blocks(
    old: ComparisonInput, new: ComparisonInput, pair: _Pair
) -> tuple[Location, Basis] | None:
    """Compare within the blocks of one experiment; ``None`` for two, or without a common block."""
    if not is_one_experiment(old, new):
        return None
    over, under = _by_block(pair.new), _by_block(pair.old)
    common = sorted(over.keys() & under.keys())
    differences = np.array([_difference(over[block], under[block]) for block in common])
    return (paired(differences), Basis(how=How.BLOCKS)) if common else None


def _by_block(sample: CellSample) -> dict[int, NDArray[np.float64]]:
    """Return the logarithms of all values of each block, or their median where only it is known."""
    rounds = sample.rounds or sample.logs[:, np.newaxis]
    return dict(zip(sample.blocks, rounds, strict=True))


def _difference(over: NDArray[np.float64], under: NDArray[np.float64]) -> float:
    """Return the typical difference in a block: round by round where both have the same rounds."""
    if len(over) == len(under):
        return float(np.median(over - under))
    return float(np.median(over) - np.median(under))


def _anchored(
    old: ComparisonInput, new: ComparisonInput, pair: _Pair, anchor: Anchor | None
) -> tuple[Location, Basis] | None:
    """Compare ratios to the anchor, formed within each experiment; ``None`` if they cannot be.

    d = z(cell) − z(anchor) of one block, round by round where cells took turns; then Welch's t of
    the two samples of d. There is no term for the run: over 20 experiments made one after another
    on a noisy shared machine the means of d varied as much as their blocks explain (0.4 to 1.6
    times the variance, 1.1 on average), those of z 2.5 to 8 times as much.
    """
    if anchor is None or pair.old_key.variant == anchor.old or pair.new_key.variant == anchor.new:
        return None
    old_differences = _differences(old, pair.old_key, anchor.old)
    new_differences = _differences(new, pair.new_key, anchor.new)
    if not len(old_differences) or not len(new_differences):
        return None
    if min(len(old_differences), len(new_differences)) < min(
        2, len(pair.old.logs), len(pair.new.logs)
    ):
        return None
    return welch(new_differences, old_differences), Basis(how=How.ANCHOR, anchor=anchor.old)


def _differences(side: ComparisonInput, key: Key, anchor: str) -> NDArray[np.float64]:
    """Return log time(cell) − log time(anchor) of each block that has both."""
    assert side.times is not None  # noqa: S101 - only experiments have builds to anchor at
    over, under = (f"{variant} {key.benchmark}" for variant in (key.variant, anchor))
    differences = side.times.minus(over, under)
    return differences[~np.isnan(differences)]


def _widened(pair: _Pair, means: _Context) -> tuple[Location, Basis]:
    """Compare process summaries; the error includes the run-to-run spread."""
    choice = means.choice
    if pair.old.unit in _SPEEDLESS:
        return welch(pair.new.logs, pair.old.logs), Basis(how=How.NOT_NEEDED)
    kind = next((sample.kind for sample in (pair.old, pair.new) if sample.kind in means.known), "")
    if choice.run_to_run is not None:
        how = How.GIVEN
        run_to_run = RunToRunEstimate(
            spread=RunToRun(sd=choice.run_to_run, df=math.inf), experiments=0
        )
    elif kind and not choice.is_across:
        how, run_to_run = How.KNOWN, means.known[kind]
    else:
        how, run_to_run = How.ASSUMED, assumed(pair.old.logs, pair.new.logs)
    where = welch(pair.new.logs, pair.old.logs, run_to_run.spread)
    return where, Basis(how=how, sd=run_to_run.spread.sd, experiments=run_to_run.experiments)


def _judged(cells: list[Compared], threshold: float) -> tuple[Compared, ...]:
    """Return the cells with their verdicts, those of one family judged together."""
    families: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        families.setdefault(cell.family, []).append(index)
    judged = list(cells)
    for indices in families.values():
        verdicts = judge([cells[index].where for index in indices], threshold=threshold)
        for index, verdict in zip(indices, verdicts, strict=True):
            judged[index] = dataclasses.replace(cells[index], verdict=verdict)
    return tuple(judged)


def _failed(side: ComparisonInput, which: str) -> tuple[NamedCell, ...]:
    return tuple(
        NamedCell(
            key=lost.key,
            reason=f"{lost.failed} of {lost.failed + lost.succeeded} processes failed in {which}"
            f"{f': {lost.reason}' if lost.reason else ''}",
        )
        for lost in side.lost
    )
