"""``nox -s aa``: one interpreter against itself through the whole machinery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.commands.bench import describe_plan as describe
from harness.commands.bench import measure_prepared
from harness.errors import ConfigError
from harness.model import Kind, Mode
from harness.planning import builtin_workloads
from harness.running.live_page import Pages
from harness.running.prepare import prepare
from harness.running.progress import screen
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from pathlib import Path

    from harness.commands.bench import Finished
    from harness.model import Variant
    from harness.planning.bench_options import BenchOptions

__all__ = ["Pages", "describe_plan", "new_experiment"]

LABELS = ("a", "b")
_MODES = (Mode.THREADS, Mode.SERIAL)
"""Processes would be measured under one label alone."""


def new_experiment(options: BenchOptions, results: Path, pages: Pages) -> Finished:
    """Measure one interpreter under two labels in ``results``; options as for ``bench``."""
    experiment_folder.prepare(results)
    with screen() as shown:
        ready = prepare(
            _completed(options), tell=shown.getting, is_allowed_to_get=True, choose=_twins
        )
        return measure_prepared(ready, results=results, pages=pages, shown=shown, is_aa=True)


def describe_plan(options: BenchOptions, *, is_json: bool) -> str:
    """Return what would be measured, as text or JSON."""
    return describe(_completed(options), is_json=is_json, choose=_twins)


def _completed(options: BenchOptions) -> BenchOptions:
    if len(options.interpreter or ()) > 1:
        raise ConfigError("an A/A experiment has one interpreter: give --interpreter once")
    core = (
        workload.name
        for workload in builtin_workloads.select(())
        if workload.kind is Kind.CPU and not workload.is_paced
    )
    return msgspec.structs.replace(
        options, workload=options.workload or tuple(core), mode=_MODES, baseline=LABELS[0]
    )


def _twins(found: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """Return one variant under two labels: a free-threaded one, which uses all cores, if any."""
    free = (
        variant
        for variant in found
        if variant.build.is_free_threaded and not variant.is_gil_expected
    )
    chosen = next(free, found[0])
    return tuple(msgspec.structs.replace(chosen, label=label) for label in LABELS)
