"""An analysis as one JSON document: what ``--json`` prints instead of the summary.

Every key is written down here or in the table of quantities: a field of an internal type that is
renamed or added changes nothing. ``docs/json.md`` describes the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results import quantities
from harness.json_output import document

if TYPE_CHECKING:
    from pathlib import Path

    from harness.analysis.results.aa import AaResult
    from harness.analysis.results.experiment import Analysis, Failure, NoteResult, WarmupResult
    from harness.analysis.results.grade import Grade
    from harness.analysis.results.scaling_laws import LawResult, LevelEstimate

    Json = dict[str, object]

__all__ = ["SCHEMA_VERSION", "analysis_document"]

SCHEMA_VERSION = 1
"""Rises when a key goes or changes its meaning; a new key does not count."""


def analysis_document(analysis: Analysis, page: Path) -> str:
    """Return the analysis as JSON."""
    plan = analysis.manifest.plan
    return document(
        {
            "schema_version": SCHEMA_VERSION,
            "experiment": analysis.manifest.id,
            "report": str(page),
            "baseline": plan.baseline,
            "threshold": analysis.threshold,
            "blocks_done": analysis.blocks_done,
            "blocks_planned": plan.preset.blocks,
            "stop": analysis.stop,
            "grade": _grade(analysis.grade),
            **_measured(analysis),
            **_of_curves(analysis),
            "measures": [_note(note) for note in analysis.measures],
            "memory": [
                {
                    "variant": memory.variant,
                    "benchmark": memory.benchmark.name,
                    **quantities.keyed(quantities.MEMORY, memory),
                }
                for memory in analysis.memory
            ],
            "noise": analysis.manifest.noise,
            "aa": None if analysis.aa is None else _aa(analysis.aa),
            "warmup": [_warmup(warmup) for warmup in analysis.warmup],
            "failed": [_failure(failure) for failure in analysis.failures],
            "unavailable": analysis.manifest.unavailable,
            "skipped": plan.skipped,
            "notes": analysis.notes,
        }
    )


def _grade(grade: Grade) -> Json:
    reasons = [
        {
            "code": reason.code,
            "severity": reason.severity,
            "value": reason.value,
            "bound": reason.bound,
            "subject": reason.subject,
            "advice": reason.advice,
        }
        for reason in grade.reasons
    ]
    return {"letter": grade.letter, "reasons": reasons}


def _measured(analysis: Analysis) -> Json:
    return {
        "cells": [
            {
                "variant": cell.variant,
                "benchmark": cell.benchmark.name,
                **quantities.keyed(quantities.CELL, cell),
            }
            for cell in analysis.cells
        ],
        "splits": [
            {
                "benchmark": split.benchmark.name,
                "gil": split.gil,
                "free_threaded": split.free_threaded,
                "free_threaded_gil": split.free_threaded_gil,
                **quantities.keyed(quantities.SPLIT, split),
                "differences": split.differences,
            }
            for split in analysis.splits
        ],
    }


def _of_curves(analysis: Analysis) -> Json:
    return {
        "laws": [_law(law) for law in analysis.laws],
        "software_efficiency": [
            {
                "variant": share.variant,
                "workload": share.workload,
                "ceiling": share.ceiling,
                "levels": _levels(share.levels),
            }
            for share in analysis.shares_of_ceiling
        ],
        "break_even": [
            {
                "workload": point.workload,
                "gil": point.gil,
                "free_threaded": point.free_threaded,
                "reached": point.reached,
                "threads": point.threads,
                "levels": _levels(point.levels),
            }
            for point in analysis.break_evens
        ],
        "sharing": [
            {
                "variant": cost.variant,
                "pair": cost.pair,
                "private": cost.private,
                "shared": cost.shared,
                "threads": cost.threads,
                **quantities.keyed(quantities.SHARING, cost),
            }
            for cost in analysis.sharing_costs
        ],
        "throughput": [
            {
                "variant": rate.variant,
                "workload": rate.workload,
                "threads": rate.threads,
                **quantities.keyed(quantities.THROUGHPUT, rate),
            }
            for rate in analysis.throughputs
        ],
    }


def _law(law: LawResult) -> Json:
    return {
        "variant": law.variant,
        "workload": law.workload,
        "mode": law.mode,
        "law": law.law,
        "refusal": law.refusal,
        "levels": law.levels,
        **quantities.keyed(quantities.LAW, law),
        "karp_flatt": _levels(law.karp_flatt),
    }


def _levels(levels: tuple[LevelEstimate, ...]) -> list[Json]:
    return [{"threads": level.threads, "estimate": level.estimate} for level in levels]


def _note(note: NoteResult) -> Json:
    return {
        "variant": note.variant,
        "benchmark": note.benchmark.name,
        "name": note.name,
        "count": note.count,
        "total": note.total,
        **quantities.keyed(quantities.NOTE, note),
        "maximum": note.maximum,
    }


def _aa(result: AaResult) -> Json:
    comparisons = [
        {
            "variant": comparison.variant,
            "benchmark": comparison.benchmark.name,
            "ratio": comparison.ratio,
            "verdict": comparison.verdict,
        }
        for comparison in result.comparisons
    ]
    return {
        "comparisons": comparisons,
        "different": result.different,
        "different_in_family": result.different_in_family,
        "rate": result.rate,
        "floor": result.floor,
        "autocorrelation": result.autocorrelation,
        "paired_autocorrelation": result.paired_autocorrelation,
    }


def _warmup(warmup: WarmupResult) -> Json:
    return {
        "variant": warmup.variant,
        "benchmark": warmup.benchmark.name,
        "shape": warmup.shape,
        "cold_ratio": warmup.cold_ratio,
        "found_s": warmup.found_s,
        "segments": warmup.segments,
        "processes": warmup.processes,
        "is_capped": warmup.is_capped,
        "warmups": warmup.warmups,
        "warmup_s": warmup.warmup_s,
        "curve": warmup.curve,
    }


def _failure(failure: Failure) -> Json:
    return {
        "variant": failure.variant,
        "benchmark": failure.benchmark.name,
        "status": failure.status,
        "reason": failure.reason,
        "stderr_tail": failure.stderr_tail,
        "failed": failure.failed,
        "succeeded": failure.succeeded,
        "is_quarantined": failure.is_quarantined,
    }
