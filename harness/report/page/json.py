"""An analysis as one JSON document: what ``--json`` prints instead of the summary.

Every key is written down here or in the table of quantities: a field added to an internal type
changes nothing. ``docs/json.md`` describes the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.analysis.results import aa, experiment, grade, quantities
from harness.analysis.results import scaling_laws as laws
from harness.json_output import document
from harness.model import Benchmark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.analysis.results.experiment import Analysis

__all__ = ["FIELDS", "SCHEMA_VERSION", "analysis_document"]

SCHEMA_VERSION = 1
"""Rises when a key goes or changes its meaning; a new key does not count."""
FIELDS: Mapping[type, tuple[str | quantities.Entries[Any], ...]] = {
    grade.Grade: ("letter", "reasons"),
    grade.Reason: ("code", "severity", "value", "bound", "subject", "advice"),
    experiment.CellResult: (
        *("variant", "benchmark", quantities.CELL),
        *("scaling", "speedup_calm", "ratio_calm"),
    ),
    experiment.CalmRounds: ("share", "decided"),
    experiment.Pinning: ("pinned", "due", "reasons"),
    experiment.Split: (
        *("benchmark", "gil", "free_threaded", "free_threaded_gil"),
        *(quantities.SPLIT, "differences"),
    ),
    laws.LawResult: (
        *("variant", "workload", "mode", "law", "refusal", "levels"),
        *(quantities.LAW, "karp_flatt"),
    ),
    laws.LevelEstimate: ("threads", "estimate"),
    laws.ShareOfCeiling: ("variant", "workload", "ceiling", "levels"),
    laws.BreakEven: ("workload", "gil", "free_threaded", "reached", "threads", "levels"),
    laws.SharingCost: ("variant", "pair", "private", "shared", "threads", quantities.SHARING),
    laws.Throughput: ("variant", "workload", "threads", quantities.THROUGHPUT),
    experiment.NoteResult: (
        *("variant", "benchmark", "name", "count", "total"),
        *(quantities.NOTE, "maximum"),
    ),
    experiment.MemoryResult: ("variant", "benchmark", quantities.MEMORY),
    aa.AaResult: (
        *("comparisons", "different", "different_in_family", "rate", "floor"),
        *("autocorrelation", "paired_autocorrelation"),
    ),
    aa.AaComparison: ("variant", "benchmark", "ratio", "verdict"),
    experiment.WarmupResult: (
        *("variant", "benchmark", "shape", "cold_ratio", "found_s", "segments", "processes"),
        *("is_capped", "warmups", "warmup_s", "curve"),
    ),
    experiment.GilBack: ("variant", "module", "benchmarks", "has_results"),
    experiment.RemarkResult: ("workload", "kind", "subject", "variants", "modes", "processes"),
    experiment.Failure: (
        *("variant", "benchmark", "status", "reason", "stderr_tail"),
        *("failed", "succeeded", "is_quarantined"),
    ),
}
"""Each type of a result → its keys in order: attributes of that name, and tables of quantities."""


def analysis_document(analysis: Analysis, page: Path) -> str:
    """Return the analysis as JSON."""
    plan = analysis.manifest.plan
    content: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "experiment": analysis.manifest.id,
        "report": str(page),
        "baseline": plan.baseline,
        "threshold": analysis.threshold,
        "blocks_done": analysis.blocks_done,
        "blocks_planned": plan.preset.blocks,
        "stop": analysis.stop,
        "grade": analysis.grade,
        "calm_share": analysis.calm_share,
        "pin": plan.pin,
        "pinning": analysis.pinning,
        "cells": analysis.cells,
        "splits": analysis.splits,
        "laws": analysis.laws,
        "software_efficiency": analysis.shares_of_ceiling,
        "break_even": analysis.break_evens,
        "sharing": analysis.sharing_costs,
        "throughput": analysis.throughputs,
        "measures": analysis.measures,
        "memory": analysis.memory,
        "noise": analysis.manifest.noise,
        "aa": analysis.aa,
        "warmup": analysis.warmup,
        "failed": analysis.failures,
        "gil_turned_on": analysis.gil_backs,
        "remarks": analysis.remarks,
        "unavailable": analysis.manifest.unavailable,
        "skipped": plan.skipped,
        "notes": analysis.notes,
    }
    return document({key: _written(value) for key, value in content.items()})


def _written(value: object) -> object:
    """Return a result as its ``FIELDS``, a benchmark as its name, anything else unchanged."""
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if isinstance(value, Benchmark):
        return value.name
    fields = FIELDS.get(type(value))
    if fields is None:
        return value
    written: dict[str, object] = {}
    for field in fields:
        if isinstance(field, str):
            written[field] = _written(getattr(value, field))
        else:
            written |= quantities.keyed(field, value)
    return written
