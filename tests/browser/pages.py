"""The pages that are looked at: made once, the way a user's are made."""

from __future__ import annotations

import gzip
import itertools
import math
from typing import TYPE_CHECKING

import msgspec

from harness.commands import compare, index
from harness.commands.report import report
from harness.report.elements import Attachment, LiveView
from harness.report.index.summary_file import write_summary
from harness.report.page.html import write_report
from harness.running.experiment import measure
from harness.running.progress import screen
from tests.unit import fakes, hostile
from tests.unit.report import factory, summaries_factory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.execution.launcher import Finished
    from tests.unit.fakes import Asked

__all__ = ["ALL", "HOSTILE", "MAKERS", "ODD", "RUNS"]

OLD, NEW = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"


def _stored(results: Path, identity: str, *, effect: float = 0.0, is_failing: bool = False) -> Path:
    """Store an experiment in which 3.14t is slower by ``effect``; return its folder."""
    jobs = itertools.count()

    def time_s(asked: Asked) -> float:
        change = effect if asked.label == "3.14t" else 0.0
        tremor = 0.004 * math.sin(7.7 * next(jobs))
        return fakes.ideal_time_s(asked) * (1 + change) * math.exp(tremor)

    def answer(asked: Asked, number: int) -> Finished | None:
        is_bad = is_failing and asked.label == "pypy" and asked.threads == 2 and number % 2
        return fakes.ended(exit_code=1, stderr_tail="Traceback:\n  boom") if is_bad else None

    plan = fakes.plan(blocks=6)
    variants = tuple(
        msgspec.structs.replace(
            one, build=msgspec.structs.replace(one.build, digest=f"{effect}-{one.label}")
        )
        if one.label == "3.14t"
        else one
        for one in plan.variants
    )
    plan = msgspec.structs.replace(plan, variants=variants)
    manifest = msgspec.structs.replace(fakes.manifest(plan), id=identity)
    with screen(is_quiet=True) as quiet:
        launcher = fakes.FakeLauncher(time_s=time_s, answer=answer)
        measure(manifest, results=results, screen=quiet, launcher=launcher, around=fakes.AROUND)
    return results / identity


def _of_a_folder(folder: Path) -> Path:
    experiment = _stored(folder / "results", NEW, is_failing=True)
    return report(experiment, folder / "reports", is_json=False).page


def _of_two(folder: Path) -> Path:
    results = folder / "results"
    _stored(results, OLD)
    _stored(results, NEW, effect=0.1, is_failing=True)
    options = compare.CompareOptions(fail_if=("slower>5%",))
    return compare.make_comparison(
        (OLD, NEW), options, results=results, reports=folder / "reports"
    ).page


def _usual(folder: Path) -> Path:
    runs = Attachment(
        name="runs.json.gz", title="All runs", media_type="application/gzip", data=RUNS
    )
    return write_report(factory.analysis(), folder, attachments=(runs,))


def _running(folder: Path) -> Path:
    live = LiveView(state="Running: block 3 of 10.", refresh_s=3600)
    return write_report(factory.analysis(blocks_done=3), folder, live=live)


def _index(folder: Path) -> Path:
    """Return the index of made-up pages with trends, in which a build has become slower."""
    others = (summaries_factory.summary(place, label="laptop") for place in range(4))
    for summary in (*(one.summary for one in summaries_factory.nightly(12, at=6)), *others):
        (folder / summary.id).mkdir(parents=True)
        (folder / summary.id / "index.html").write_text("")
        write_summary(summary, folder / summary.id)
    return index.make_index(folder, folder / "none")


def _hostile(folder: Path) -> Path:
    content = hostile.harmless(folder / "harmless")
    tried = hostile.refusals(folder / "tried", content, hostile.PROBE)
    free = tuple(word for word, complaint in tried.items() if complaint is None)
    poisoned = hostile.poison(folder / "poisoned", content, free, turn=0)
    return report(poisoned, folder / "reports", is_json=False).page


def _hostile_files(folder: Path) -> Path:
    folder.mkdir()
    sides = [folder / "old.json", folder / "new.json"]
    for path, effect in zip(sides, (1.0, 1.1), strict=True):
        hostile.poisoned_pyperf(path, turn=0, effect=effect)
    one, other = map(str, sides)
    return compare.make_comparison(
        (one, other), compare.CompareOptions(), results=folder, reports=folder
    ).page


def _odd(
    labels: tuple[str, ...] = factory.LABELS,
    threads: tuple[int, ...] = (1, 2, 4),
    *,
    spread: float = 0.016,
    **changes: object,
) -> Callable[[Path], Path]:
    """Return how an experiment of these variants and thread counts gets its page."""

    def make(folder: Path) -> Path:
        usual: dict[str, object] = {
            "manifest": factory.manifest(labels, threads),
            "cells": factory.cells(labels, threads, spread=spread),
            "splits": (),
            "failures": (factory.failure(variant=labels[-1]),),
        }
        return write_report(factory.analysis(**{**usual, **changes}), folder)

    return make


RUNS = gzip.compress(
    fakes.result_of(
        fakes.Asked(
            label="3.14",
            workload="factorize",
            mode="threads",
            threads=2,
            loops=1,
            warmups=1,
            values=5,
            is_gil_on=True,
        ),
        0.02,
    ),
    mtime=0,
)
"""What the usual page carries to be saved from it: a suite as pyperf writes it."""

MAKERS: dict[str, Callable[[Path], Path]] = {
    "usual": _usual,
    "measured": lambda folder: write_report(factory.measured(), folder),
    "stored": _of_a_folder,
    "compared": _of_two,
    "running": _running,
    "index": _index,
}
"""What each page is called, and how it is made in a folder."""

HOSTILE: dict[str, Callable[[Path], Path]] = {
    "hostile folder": _hostile,
    "hostile files": _hostile_files,
}
"""Pages of what somebody else has made, to do harm."""

ODD: dict[str, Callable[[Path], Path]] = {
    "names in all tongues": _odd(
        ("漢字" * 30, "שלום עולם " * 6, "W" * 60, "freethreaded of mine " * 3)
    ),
    "thirty variants": _odd(tuple(f"3.14+patch-{number}" for number in range(30))),
    "sixty-four thread counts": _odd(("3.14", "3.14t"), tuple(range(1, 65))),
    "one of each": _odd(("3.14",), (1,)),
    "nothing but failures": _odd(cells=()),
    "intervals wider than the axes": _odd(
        spread=6.0, splits=factory.splits(spread=6.0), samples=()
    ),
}
"""Experiments that nobody plans and everybody has once."""

ALL = MAKERS | HOSTILE | ODD
