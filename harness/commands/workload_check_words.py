"""The results of a check in lines: each thing once, with where it is so."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from harness.model import Status
from harness.report.words.formatting import listed
from harness.report.words.remarks import described, ways_on
from harness.report.words.skipped import skipped_rows
from harness.wording import count
from workloads.gil import read_turned_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Cell, Outcome, Plan
    from harness.model.remarks import Remark, RemarkKind

__all__ = ["Result", "lines"]

_NUMBERS = re.compile(r"-?\d+(?:, -?\d+)*")
_WHO = re.compile(r"\b(?:thread|worker|task) \d+ of \d+ raised (?:\w+Error: )?(?=the workload )")
"""Which of several it was, and our own error's name: the rest is the same in every mode."""
_WHICH = re.compile(r"\b(?:thread|worker|task) \d+ of \d+ raised ")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one cell."""

    outcome: Outcome
    checksum: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def cell(self) -> Cell:
        """Return the cell."""
        return self.outcome.job.cell

    @property
    def is_good(self) -> bool:
        """Return whether it succeeded."""
        return self.outcome.status is Status.OK

    @property
    def is_tried(self) -> bool:
        """Return whether a worker was started."""
        return self.outcome.status is not Status.SKIPPED

    @property
    def reason(self) -> str:
        """Return why it failed, in the words that all modes have in common."""
        return _WHICH.sub("raised ", _WHO.sub("", self.outcome.reason))


def lines(plan: Plan, results: Sequence[Result]) -> Iterator[str]:
    """Yield what is wrong, skipped, remarkable and good."""
    for name in (workload.name for workload in plan.workloads):
        own = [result for result in results if result.cell.benchmark.workload == name]
        yield from _wrong(plan, name, own)
        yield from _notes(name, own)
        if own and all(result.is_good for result in own):
            labels = dict.fromkeys(result.cell.variant for result in own)
            modes = dict.fromkeys(result.cell.benchmark.mode for result in own)
            yield (
                f"good     {name}: checksum {own[0].checksum} under {', '.join(labels)}; "
                f"modes {', '.join(modes)}; {', '.join(map(str, plan.threads))} threads"
            )
    yield from (f"skipped  {what}: {why}" for what, why in skipped_rows(plan))


def _wrong(plan: Plan, name: str, own: list[Result]) -> Iterator[str]:
    tried = [result for result in own if result.is_tried]
    groups: dict[str, list[Result]] = {}
    for result in tried:
        if not result.is_good:
            groups.setdefault(_NUMBERS.sub("0", result.reason), []).append(result)
    for group in groups.values():
        reason = group[0].reason if len(group) > 1 else group[0].outcome.reason
        yield f"WRONG    {name}: {reason} ({', '.join(_where(group, tried))})"
        if read_turned_on(reason) is not None:
            yield f"         {ways_on(plan, group[0].cell.variant)}"


def _notes(name: str, own: list[Result]) -> Iterator[str]:
    subjects: dict[tuple[RemarkKind, str], str] = {}
    where: dict[tuple[RemarkKind, str], list[Result]] = {}
    for result in own:
        for remark in result.remarks:
            key = remark.kind, _NUMBERS.sub("0", remark.subject)
            subjects.setdefault(key, remark.subject)
            where.setdefault(key, []).append(result)
    good = [result for result in own if result.is_good]
    for key, found in where.items():
        what = described(key[0], (subjects[key],))
        yield f"note     {name} {what} ({', '.join(_where(found, good))})"


def _where(some: list[Result], tried: list[Result]) -> Iterator[str]:
    """Yield under which interpreters, in which modes and with how many threads, of all tried."""
    variants = list(dict.fromkeys(result.cell.variant for result in some))
    all_variants = {result.cell.variant for result in tried}
    if len(variants) == len(all_variants):
        yield f"{len(variants)} of {count(len(all_variants), 'interpreter')}"
    else:
        yield listed(tuple(variants))
    same = [result for result in tried if result.cell.variant in variants]
    modes = list(dict.fromkeys(result.cell.benchmark.mode for result in some))
    if len(modes) == len({result.cell.benchmark.mode for result in same}):
        yield "all modes"
    else:
        yield f"{'mode' if len(modes) == 1 else 'modes'} {listed(tuple(modes))}"
    counts = sorted({result.cell.benchmark.threads for result in some})
    others = {
        result.cell.benchmark.threads for result in same if result.cell.benchmark.mode in modes
    }
    if len(counts) < len(others):
        yield f"with {listed(tuple(map(str, counts)))} at once"
