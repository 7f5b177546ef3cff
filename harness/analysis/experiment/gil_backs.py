"""Failures → the variants in which an import turned the GIL back on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.experiment import GilBack
from workloads.gil import read_turned_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.results.experiment import CellResult, Failure
    from harness.model import Plan

__all__ = ["gil_backs"]


def gil_backs(
    plan: Plan, failures: Iterable[Failure], cells: Iterable[CellResult]
) -> tuple[GilBack, ...]:
    """Return each variant and module, in the plan's order."""
    found: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        module = read_turned_on(failure.reason)
        if module is not None:
            found.setdefault((failure.variant, module), []).append(failure)
    measured = {cell.variant for cell in cells}
    labels = [variant.label for variant in plan.variants]
    return tuple(
        GilBack(
            variant=variant,
            module=module,
            benchmarks=tuple(failure.benchmark for failure in own),
            has_results=variant in measured,
        )
        for (variant, module), own in sorted(
            found.items(), key=lambda item: labels.index(item[0][0])
        )
    )
