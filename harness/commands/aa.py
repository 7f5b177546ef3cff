"""``nox -s aa``: one interpreter against itself through the whole machinery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.commands import bench
from harness.errors import ConfigError
from harness.model import Kind
from harness.planning import builtin_workloads
from harness.running.prepare import prepare
from harness.running.progress import screen
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.commands.bench import Finished
    from harness.model import Variant
    from harness.running.live_page import Pages

__all__ = ["describe_plan", "new_experiment"]

LABELS = ("a", "b")
_MODES = "threads,serial"
"""Processes would be measured under one label alone."""


def new_experiment(options: Mapping[str, Any], results: Path, pages: Pages) -> Finished:
    """Measure one interpreter under two labels in ``results``; options as for ``bench``."""
    experiment_folder.prepare(results)
    with screen() as shown:
        ready = prepare(
            _completed(options), tell=shown.getting, is_allowed_to_get=True, choose=_twins
        )
        return bench.measure_prepared(ready, results=results, pages=pages, shown=shown, is_aa=True)


def describe_plan(options: Mapping[str, Any], *, is_json: bool) -> str:
    """Return what would be measured, as text or JSON."""
    return bench.describe_plan(_completed(options), is_json=is_json, choose=_twins)


def _completed(options: Mapping[str, Any]) -> dict[str, Any]:
    if len(options.get("interpreter", ())) > 1:
        raise ConfigError("an A/A experiment has one interpreter: give --interpreter once")
    core = [
        one.name
        for one in builtin_workloads.select(())
        if one.kind is Kind.CPU and not one.is_paced
    ]
    workloads = tuple(options.get("workload", ())) or tuple(core)
    return {**options, "workload": workloads, "mode": _MODES, "baseline": LABELS[0]}


def _twins(found: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """Return one variant under two labels: a free-threaded one, which uses all cores, if any."""
    free = (one for one in found if one.build.is_free_threaded and not one.is_gil_expected)
    chosen = next(free, found[0])
    return tuple(msgspec.structs.replace(chosen, label=label) for label in LABELS)
