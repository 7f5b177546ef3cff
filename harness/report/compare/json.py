"""A comparison as one JSON document: what ``compare --json`` prints."""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING

from harness.invocation import to_type
from harness.json_output import document

if TYPE_CHECKING:
    from pathlib import Path

    from harness.analysis.comparing.comparison import Compared, Comparison, InputName, NamedCell
    from harness.report.compare.words import Gates

__all__ = ["SCHEMA_VERSION", "comparison_document"]

SCHEMA_VERSION = 1
"""Rises when a key goes or changes its meaning; a new key does not count."""


def comparison_document(comparison: Comparison, gates: Gates, page: Path) -> str:
    """Return the comparison as JSON; its keys are described in ``docs/json.md``."""
    return document(
        {
            "schema_version": SCHEMA_VERSION,
            "sides": {"old": _side(comparison.old), "new": _side(comparison.new)},
            "report": str(page),
            "threshold": comparison.threshold,
            "is_across_machines": comparison.is_across,
            "cells": [_cell(cell) for cell in comparison.cells],
            "missing": [_named(cell) for cell in comparison.missing],
            "new": [_named(cell) for cell in comparison.added],
            "failed": [_named(cell) for cell in comparison.failed],
            "not_comparable": [_named(cell) for cell in comparison.not_comparable],
            "gates": [
                {
                    "condition": gate.text,
                    "threshold": max(gate.threshold, comparison.threshold),
                    "tested": sum(cell.verdict is not None for cell in comparison.cells),
                    "tripped_by": [_name(cell) for cell in cells],
                }
                for gate, cells in gates
            ],
            "cautions": comparison.cautions,
            "warnings": comparison.warnings,
            "advice": {
                "sentences": comparison.advice,
                "commands": [to_type("bench", shlex.join(it)) for it in comparison.commands],
            },
        }
    )


def _cell(cell: Compared) -> dict[str, object]:
    verdict, basis = cell.verdict, cell.basis
    return {
        **_name(cell),
        "unit": cell.unit,
        "old": cell.old,
        "new": cell.new,
        "ratio": cell.ratio,
        "verdict": verdict and verdict.decision,
        "smallest_detectable": verdict.mde if verdict and math.isfinite(verdict.mde) else None,
        "p": verdict and verdict.p,
        "p_family": verdict and verdict.p_family,
        "family": cell.family,
        "basis": basis.how,
        "anchor": basis.anchor or None,
        "run_to_run": {"sd": basis.sd, "experiments": basis.experiments} if basis.sd else None,
    }


def _name(cell: Compared) -> dict[str, str]:
    return {
        "benchmark": cell.key.benchmark,
        "variant": cell.key.variant,
        "old_variant": cell.old_variant,
    }


def _side(side: InputName) -> dict[str, str]:
    return {"name": side.name, "label": side.label, "created": side.created, "gil": side.gil}


def _named(cell: NamedCell) -> dict[str, str]:
    return {"benchmark": cell.key.benchmark, "variant": cell.key.variant, "reason": cell.reason}
