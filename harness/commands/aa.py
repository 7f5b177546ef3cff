"""``nox -s aa``: one interpreter against itself through the whole machinery."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness.commands import bench, dry_run
from harness.errors import ConfigError
from harness.json_output import document
from harness.machine import audit
from harness.model import AnyVariant, Kind, Mode
from harness.planning import builtin_workloads
from harness.storage.aa_record import forget_noise
from harness.wording import count

if TYPE_CHECKING:
    from pathlib import Path

    from harness.planning.bench_options import BenchOptions
    from harness.running.live_page import Pages

__all__ = ["describe_plan", "forget", "new_experiment"]

LABELS = ("a", "b")
V = TypeVar("V", bound=AnyVariant)
_MODES = (Mode.THREADS, Mode.SERIAL)
"""Processes would be measured under one label alone."""


def new_experiment(options: BenchOptions, results: Path, pages: Pages) -> bench.Finished:
    """Measure one interpreter under two labels in ``results``; options as for ``bench``."""
    return bench.new_experiment(_completed(options), results, pages, choose=_twins, is_aa=True)


def describe_plan(options: BenchOptions, *, is_json: bool) -> str:
    """Return what would be measured, as text or JSON."""
    return dry_run.describe_plan(_completed(options), is_json=is_json, choose=_twins)


def forget(results: Path, *, is_json: bool) -> str:
    """Drop the noise floor of this machine from ``results``; return what was done."""
    forgotten = forget_noise(results, audit())
    if is_json:
        return document({"schema_version": 1, "forgotten": forgotten})
    if not forgotten:
        return f"No noise floor of this machine is stored in {results}.\n"
    named = ", ".join(forgotten)
    return (
        f"Dropped the noise floor of {count(len(forgotten), 'A/A experiment')}: {named}. "
        "Experiments measured from now on use 2%; those measured before keep the floor that they "
        "began with.\n"
    )


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


def _twins(variants: tuple[V, ...], /) -> tuple[V, ...]:
    """Return one variant under two labels: a free-threaded one, which uses all cores, if any."""
    without_gil = (variant for variant in variants if not variant.is_gil_expected)
    chosen = next(without_gil, variants[0])
    return tuple(msgspec.structs.replace(chosen, label=label) for label in LABELS)
