"""An analysis as one JSON document: what ``--json`` prints instead of the summary."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.json_output import document

if TYPE_CHECKING:
    from pathlib import Path

    from harness.analysis.results.aa import AaResult
    from harness.analysis.results.experiment import (
        Analysis,
        Failure,
        MemoryResult,
        NoteResult,
        Split,
        WarmupResult,
    )

__all__ = ["analysis_document"]


def analysis_document(analysis: Analysis, page: Path) -> str:
    """Return the analysis as JSON; its keys are described in ``docs/json.md``."""
    found = {
        "experiment": analysis.manifest.id,
        "report": str(page),
        "baseline": analysis.manifest.plan.baseline,
        "threshold": analysis.threshold,
        "blocks_done": analysis.blocks_done,
        "blocks_planned": analysis.manifest.plan.preset.blocks,
        "stop": analysis.stop,
        "grade": analysis.grade,
        "cells": [
            {
                "variant": cell.variant,
                "benchmark": cell.benchmark.name,
                "time_s": cell.time_s,
                "speedup": cell.speedup,
                "band": cell.band,
                "speedup_verdict": cell.speedup_verdict,
                "efficiency": cell.efficiency,
                "ratio": cell.ratio,
                "verdict": cell.verdict,
                "ratio_sign": cell.ratio_sign,
                "cores_used": cell.cores_used,
            }
            for cell in analysis.cells
        ],
        "splits": [_flat(split) for split in analysis.splits],
        "laws": analysis.laws,
        "software_efficiency": analysis.shares_of_ceiling,
        "break_even": analysis.break_evens,
        "sharing": analysis.sharing_costs,
        "throughput": analysis.throughputs,
        "measures": [_flat(measure) for measure in analysis.measures],
        "memory": [_flat(memory) for memory in analysis.memory],
        "noise": analysis.manifest.noise,
        "aa": None if analysis.aa is None else _aa(analysis.aa),
        "warmup": [_flat(warmup) for warmup in analysis.warmup],
        "failed": [_flat(failure) for failure in analysis.failures],
        "unavailable": analysis.manifest.unavailable,
        "skipped": analysis.manifest.plan.skipped,
        "notes": analysis.notes,
    }
    return document(found)


def _aa(found: AaResult) -> dict[str, object]:
    """Return an A/A result, its benchmarks as names."""
    fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    comparisons = [
        {
            "variant": one.variant,
            "benchmark": one.benchmark.name,
            "ratio": one.ratio,
            "verdict": one.verdict,
        }
        for one in found.comparisons
    ]
    return {**fields, "comparisons": comparisons}


def _flat(result: Split | Failure | NoteResult | MemoryResult | WarmupResult) -> dict[str, object]:
    """Return a result's own fields, with the benchmark as its name."""
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    return {**fields, "benchmark": result.benchmark.name}
