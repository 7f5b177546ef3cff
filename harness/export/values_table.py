"""Every measured value as a row of one tidy table, warm-ups too."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.export.columns import VALUES, framed

if TYPE_CHECKING:
    import pandas as pd

    from harness.export.publishable import Material, Process
    from harness.storage.worker_result import RunData, Sample

__all__ = ["values_frame"]


def values_frame(material: Material) -> pd.DataFrame:
    """Return one row for each value of each process that succeeded in a block.

    Pilots and the memory pass are left out. ``docs/export.md`` has the columns.
    """
    of_processes = [_of_process(one, material) for one in material.processes]
    counts = [len(one.run.samples) for one in material.processes]
    owner = np.repeat(np.arange(len(counts)), counts)
    rows = [row for one in material.processes for row in _of_values(one.run)]
    data: dict[str, Any] = {"process": owner}
    for name in _OF_PROCESS:
        data[name] = [of_processes[number][name] for number in owner]
    for place, name in enumerate(_OF_VALUE):
        data[name] = [row[place] for row in rows]
    data["is_estimated"] = [block in material.used_blocks for block in data["block"]]
    return framed(VALUES, data)


_OF_PROCESS = (
    "experiment",
    "variant",
    "workload",
    "mode",
    "threads",
    "benchmark",
    "block",
    "position",
    "started",
    "is_gil_enabled",
    "is_jit_enabled",
    "max_rss_bytes",
    "load_1min",
    "others_cpus",
    "canary_s",
)


def _of_process(process: Process, material: Material) -> dict[str, object]:
    outcome, benchmark, run = process.outcome, process.benchmark, process.run
    return {
        "experiment": material.manifest.id,
        "variant": process.variant,
        "workload": benchmark.workload,
        "mode": str(benchmark.mode),
        "threads": benchmark.threads,
        "benchmark": benchmark.name,
        "block": outcome.job.block,
        "position": outcome.job.position,
        "started": _utc(outcome.started),
        "is_gil_enabled": run.is_gil_enabled,
        "is_jit_enabled": run.is_jit_enabled,
        "max_rss_bytes": run.max_rss_bytes,
        "load_1min": outcome.load_1min,
        "others_cpus": outcome.others_cpus,
        "canary_s": outcome.canary_s,
    }


def _utc(started: str) -> str:
    """Return the time in one form, whatever form the folder has it in."""
    moment = dt.datetime.fromisoformat(started).astimezone(dt.UTC)
    return moment.isoformat(timespec="milliseconds")


_OF_VALUE = (
    "value_index",
    "is_warmup",
    "loops",
    "value_s",
    "cpu_s",
    "start_skew_s",
    "stop_skew_s",
    "voluntary_switches",
    "involuntary_switches",
    "collections",
)


def _of_values(run: RunData) -> list[tuple[object, ...]]:
    calls = [*run.warmups, *((run.loops, value) for value in run.values)]  # noqa: PD011 - a run's
    first = len(run.warmups)
    return [
        (index, index < first, loops, value_s, *_of_sample(sample, loops))
        for index, ((loops, value_s), sample) in enumerate(zip(calls, run.samples, strict=True))
    ]


def _of_sample(sample: Sample, loops: int) -> tuple[object, ...]:
    return (
        sample.cpu_s / loops,
        sample.start_skew_s,
        sample.stop_skew_s,
        sample.voluntary_switches,
        sample.involuntary_switches,
        sample.collections,
    )
