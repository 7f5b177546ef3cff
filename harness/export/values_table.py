"""Every measured value as a row of one tidy table, warm-ups too."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.experiment.calm import calm_turns
from harness.export.columns import EXPERIMENT, PLACE, VARIANT, Column, Place, Type, framed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from harness.export.publishable import Material, Process
    from harness.model import Outcome, Turn
    from harness.storage.worker_result import RunData, Sample

__all__ = ["VALUES", "values_frame"]


class ValueRow(NamedTuple):
    """One value of one process."""

    place: Place
    process: int
    outcome: Outcome
    run: RunData
    is_estimated: bool
    started: str
    place_in_run: int
    loops: int
    value_s: float
    sample: Sample
    turn: Turn | None
    """Of a value in a group's rounds; warm-ups have none, nor do older experiments."""
    is_calm: bool | None


_ESTIMATED = "whether estimates rest on it: they take complete blocks only"
_STARTED = "when the process was started, UTC, ISO 8601"
_FIRST = "place of the value in its process, from 0: warm-ups come first"
_WARMUP = "whether it is left out of the estimates as a warm-up"
_START_SKEW = "from the first thread's start to the last one's, of all loops together"
_STOP_SKEW = "from the first thread's end to the last one's"
_WAITED = "context switches of all loops, because a thread waited"
_CANARY = "fixed piece of work right before the process: the machine's speed"
_ROUND = "round of its group in which the value was measured; empty for warm-ups"
_PLACE = "its place in that round, from 0"
_CALM = "whether the canaries right before and after it were at their undisturbed level"
_NUMBER = "number of the process among those that succeeded, from 0"
_BLOCK, _POSITION = "block of the process, from 1", "its place in the block, from 0"
VALUES: tuple[Column[ValueRow], ...] = (
    EXPERIMENT,
    VARIANT,
    *PLACE,
    Column("block", Type.INTEGER, _BLOCK, lambda row: row.outcome.job.block),
    Column("position", Type.INTEGER, _POSITION, lambda row: row.outcome.job.position),
    Column("is_estimated", Type.TRUTH, _ESTIMATED, lambda row: row.is_estimated),
    Column("process", Type.INTEGER, _NUMBER, lambda row: row.process),
    Column("started", Type.TEXT, _STARTED, lambda row: row.started),
    Column(
        "is_gil_enabled",
        Type.TRUTH,
        "state of the GIL after the work",
        lambda row: row.run.is_gil_enabled,
    ),
    Column("is_jit_enabled", Type.TRUTH, "that of the JIT", lambda row: row.run.is_jit_enabled),
    Column("value_index", Type.INTEGER, _FIRST, lambda row: row.place_in_run),
    Column("is_warmup", Type.TRUTH, _WARMUP, lambda row: row.place_in_run < len(row.run.warmups)),
    Column("round", Type.INTEGER, _ROUND, lambda row: row.turn.round if row.turn else None),
    Column("turn", Type.INTEGER, _PLACE, lambda row: row.turn.position if row.turn else None),
    Column("is_calm", Type.TRUTH, _CALM, lambda row: row.is_calm),
    Column("loops", Type.INTEGER, "loops that the value was measured over", lambda row: row.loops),
    Column("value_s", Type.NUMBER, "time of one loop", lambda row: row.value_s, "s"),
    Column(
        "cpu_s",
        Type.NUMBER,
        "CPU time of the process for one loop",
        lambda row: row.sample.cpu_s / row.loops,
        "s",
    ),
    Column("start_skew_s", Type.NUMBER, _START_SKEW, lambda row: row.sample.start_skew_s, "s"),
    Column("stop_skew_s", Type.NUMBER, _STOP_SKEW, lambda row: row.sample.stop_skew_s, "s"),
    Column("voluntary_switches", Type.INTEGER, _WAITED, lambda row: row.sample.voluntary_switches),
    Column(
        "involuntary_switches",
        Type.INTEGER,
        "the same, because its time was up",
        lambda row: row.sample.involuntary_switches,
    ),
    Column(
        "collections",
        Type.INTEGER,
        "garbage collections of all loops",
        lambda row: row.sample.collections,
    ),
    Column(
        "max_rss_bytes",
        Type.INTEGER,
        "peak memory of the process",
        lambda row: row.run.max_rss_bytes,
        "B",
    ),
    Column(
        "load_1min", Type.NUMBER, "load average at the start", lambda row: row.outcome.load_1min
    ),
    Column(
        "others_cpus",
        Type.NUMBER,
        "CPUs that others kept busy",
        lambda row: row.outcome.others_cpus,
    ),
    Column("canary_s", Type.NUMBER, _CANARY, lambda row: row.outcome.canary_s, "s"),
)


def values_frame(material: Material) -> pd.DataFrame:
    """Return one row for each value of each process that succeeded in a block.

    Pilots and the memory pass are left out. ``docs/export.md`` describes the columns.
    """
    calm = calm_turns(process.outcome for process in material.processes) or {}
    rows = [
        row
        for number, process in enumerate(material.processes)
        for row in _rows(material, process, number, calm.get(process.outcome.job.key))
    ]
    return framed(VALUES, rows)


def _rows(
    material: Material, process: Process, number: int, calm: NDArray[np.bool_] | None
) -> Iterator[ValueRow]:
    outcome, run = process.outcome, process.run
    place = Place.of(material.manifest.id, process.variant, process.benchmark)
    calls = [*run.warmups, *((run.loops, value) for value in run.values)]  # noqa: PD011 - a run's
    turns = outcome.turns
    for index, ((loops, value_s), sample) in enumerate(zip(calls, run.samples, strict=True)):
        at = index - len(run.warmups)
        has_turn = at >= 0 and bool(turns)
        yield ValueRow(
            place=place,
            process=number,
            outcome=outcome,
            run=run,
            is_estimated=outcome.job.block in material.used_blocks,
            started=_utc(outcome.started),
            place_in_run=index,
            loops=loops,
            value_s=value_s,
            sample=sample,
            turn=turns[at] if has_turn else None,
            is_calm=bool(calm[at]) if has_turn and calm is not None else None,
        )


def _utc(started: str) -> str:
    moment = dt.datetime.fromisoformat(started).astimezone(dt.UTC)
    return moment.isoformat(timespec="milliseconds")
