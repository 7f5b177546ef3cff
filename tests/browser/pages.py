"""The pages that are looked at: made once, the way a user's are made."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import msgspec

from harness import bench, comparing
from harness.experiment import measure
from harness.progress import screen
from harness.report.html import write_report
from tests.unit import fakes
from tests.unit.report import factory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.execution.launcher import Finished
    from tests.unit.fakes import Asked

__all__ = ["MAKERS", "stored"]

OLD, NEW = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"


def stored(results: Path, identity: str, *, effect: float = 0.0, is_failing: bool = False) -> Path:
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
    experiment = stored(folder / "results", NEW, is_failing=True)
    return bench.report(experiment, folder / "reports", is_json=False).page


def _of_two(folder: Path) -> Path:
    results = folder / "results"
    stored(results, OLD)
    stored(results, NEW, effect=0.1, is_failing=True)
    options: dict[str, Any] = {"fail_if": ("slower>5%",)}
    return comparing.make_comparison(
        (OLD, NEW), options, results=results, reports=folder / "reports"
    ).page


MAKERS: dict[str, Callable[[Path], Path]] = {
    "usual": lambda folder: write_report(factory.analysis(), folder),
    "measured": lambda folder: write_report(factory.measured(), folder),
    "stored": _of_a_folder,
    "compared": _of_two,
}
"""What each page is called, and how it is made in a folder."""
