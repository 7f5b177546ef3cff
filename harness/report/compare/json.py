"""A comparison as one JSON document: what ``compare --json`` prints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.json_output import document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.analysis.comparing.comparison import Compared, Comparison, Gate, Named

__all__ = ["comparison_document"]


def comparison_document(
    found: Comparison, gates: Sequence[tuple[Gate, Sequence[Compared]]], page: Path
) -> str:
    """Return the comparison as JSON; its keys are described in ``docs/json.md``."""
    return document(
        {
            "sides": {"old": found.old, "new": found.new},
            "report": str(page),
            "threshold": found.threshold,
            "is_across_machines": found.is_across,
            "cells": [_cell(cell) for cell in found.cells],
            "missing": [_named(one) for one in found.missing],
            "new": [_named(one) for one in found.added],
            "failed": [_named(one) for one in found.failed],
            "not_comparable": [_named(one) for one in found.not_comparable],
            "gates": [
                {"condition": gate.text, "tripped_by": [_name(cell) for cell in cells]}
                for gate, cells in gates
            ],
            "warnings": found.warnings,
            "advice": {"sentences": found.advice, "commands": found.commands},
        }
    )


def _cell(cell: Compared) -> dict[str, object]:
    verdict, basis = cell.verdict, cell.basis
    least = math.inf if verdict is None else verdict.smallest_detectable
    return {
        **_name(cell),
        "unit": cell.unit,
        "old": cell.old,
        "new": cell.new,
        "ratio": cell.ratio,
        "verdict": None if verdict is None else verdict.decision,
        "smallest_detectable": least if math.isfinite(least) else None,
        "p": None if verdict is None else verdict.p,
        "p_family": None if verdict is None else verdict.p_family,
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


def _named(one: Named) -> dict[str, str]:
    return {
        "benchmark": one.key.benchmark,
        "variant": one.key.variant,
        "reason": one.reason,
    }
