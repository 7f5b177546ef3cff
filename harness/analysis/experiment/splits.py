"""The three-way split: what the free-threaded build costs, and what losing the GIL gains."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

from harness.analysis.experiment.cells import judged_by_workload
from harness.analysis.results.experiment import Split
from harness.model import Cell, Plan, Variant
from harness.model.build_differences import variant_differences
from harness.statistics.intervals import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.analysis.experiment.times import Times
    from harness.model import Benchmark, Estimate, Verdict
    from harness.statistics.location import Location

__all__ = ["pairs", "splits"]


def splits(
    plan: Plan,
    times: Times,
    *,
    threshold: float,
    verdicts: Mapping[Cell, Verdict | None] = types.MappingProxyType({}),
) -> tuple[Split, ...]:
    """Return a split for every GIL/free-threaded pair and every threaded benchmark.

    ``verdicts`` are those on ratios to the baseline: no comparison has two.
    """
    return tuple(
        split
        for gil, free in pairs(plan)
        for split in _splits_of_pair(
            plan,
            (gil, free),
            times=times,
            threshold=threshold,
            net_verdicts=verdicts if gil.label == plan.baseline else {},
        )
    )


def pairs(plan: Plan) -> tuple[tuple[Variant, Variant], ...]:
    """Return each variant that runs without the GIL, after the GIL build it is compared with."""
    partners = [
        (_partner(plan, variant), variant)
        for variant in plan.variants
        if variant.build.is_free_threaded and not variant.is_gil_expected
    ]
    return tuple((gil, free) for gil, free in partners if gil is not None)


def _splits_of_pair(
    plan: Plan,
    pair: tuple[Variant, Variant],
    *,
    times: Times,
    threshold: float,
    net_verdicts: Mapping[Cell, Verdict | None],
) -> Iterator[Split]:
    gil, free = pair
    same = next((variant for variant in plan.variants if _is_same_but_gil(variant, free)), None)
    cells = [
        cell
        for cell in plan.cells
        if cell.variant == free.label
        and cell.benchmark.mode.facts.is_default
        and not plan.workload(cell.benchmark.workload).is_paced
    ]
    parts = {
        name: {cell: _difference(times, cell.benchmark, over, under) for cell in cells}
        for name, over, under in (("tax", same, gil), ("removal", free, same), ("net", free, gil))
    }
    verdicts = {name: judged_by_workload(part, threshold=threshold) for name, part in parts.items()}
    differences = variant_differences(gil, free)
    for cell in cells:
        yield Split(
            benchmark=cell.benchmark,
            gil=gil.label,
            free_threaded=free.label,
            free_threaded_gil=None if same is None else same.label,
            tax=_ratio(parts["tax"][cell]),
            removal=_ratio(parts["removal"][cell]),
            net=_ratio(parts["net"][cell]),
            tax_verdict=verdicts["tax"].get(cell),
            removal_verdict=verdicts["removal"].get(cell),
            net_verdict=net_verdicts.get(cell, verdicts["net"].get(cell)),
            differences=differences,
        )


def _difference(
    times: Times, benchmark: Benchmark, over: Variant | None, under: Variant | None
) -> Location | None:
    if over is None or under is None:
        return None
    first, second = (Cell(variant=variant.label, benchmark=benchmark) for variant in (over, under))
    return times.difference(first, second)


def _ratio(where: Location | None) -> Estimate | None:
    return None if where is None else ratio(where)


def _is_same_but_gil(variant: Variant, free: Variant) -> bool:
    """Return whether it is the same binary, run in the same way, but for its GIL."""
    is_same_binary = variant.build.digest == free.build.digest
    return is_same_binary and variant.is_gil_expected and not variant_differences(variant, free)


def _partner(plan: Plan, free: Variant) -> Variant | None:
    """Return the GIL build to compare with: the fairest of the same minor version."""
    minor = free.build.python_version.split(".")[:2]
    candidates = [
        variant
        for variant in plan.variants
        if variant.build.implementation == free.build.implementation
        and not variant.build.is_free_threaded
        and variant.build.python_version.split(".")[:2] == minor
    ]
    # Of two with one difference each, the one that runs without special settings.
    return min(
        candidates,
        key=lambda variant: (len(variant_differences(variant, free)), len(variant.environment)),
        default=None,
    )
