"""The three-way split: what the free-threaded build costs, and what losing the GIL gains.

Place in the flow: frame, builds → **split** → results. tax × removal = net.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results import Split
from harness.analysis.scaling import block_ratio
from harness.fairness import variant_differences
from harness.model import Cell, Mode, Plan, Variant

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["pairs", "splits"]


def splits(plan: Plan, times: pd.DataFrame) -> tuple[Split, ...]:
    """Return a split for every GIL/free-threaded pair and every threaded benchmark.

    ``times`` has natural logarithms of seconds, a row per block, a column per cell name.
    """
    found = []
    for gil, free in pairs(plan):
        same_binary = next((one for one in plan.variants if _is_same_but_gil(one, free)), None)
        found += [
            _split(cell, pair=(gil, free), same_binary=same_binary, times=times)
            for cell in plan.cells
            if cell.variant == free.label
            and cell.benchmark.mode in (Mode.THREADS, Mode.SERIAL)
            and not plan.workload(cell.benchmark.workload).is_paced
        ]
    return tuple(found)


def pairs(plan: Plan) -> tuple[tuple[Variant, Variant], ...]:
    """Return each variant that runs without the GIL behind the GIL build it is compared with."""
    found = [(_partner(plan, free), free) for free in _free_threaded(plan)]
    return tuple((gil, free) for gil, free in found if gil is not None)


def _split(
    cell: Cell,
    *,
    pair: tuple[Variant, Variant],
    same_binary: Variant | None,
    times: pd.DataFrame,
) -> Split:
    gil, free = pair
    benchmark = cell.benchmark
    under = Cell(variant=gil.label, benchmark=benchmark)
    middle = None
    if same_binary is not None:
        middle = Cell(variant=same_binary.label, benchmark=benchmark)
    return Split(
        benchmark=benchmark,
        gil=gil.label,
        free_threaded=free.label,
        free_threaded_gil=same_binary.label if same_binary else None,
        tax=block_ratio(times, middle, under) if middle else None,
        removal=block_ratio(times, cell, middle) if middle else None,
        net=block_ratio(times, cell, under),
        differences=variant_differences(gil, free),
    )


def _free_threaded(plan: Plan) -> tuple[Variant, ...]:
    return tuple(
        one for one in plan.variants if one.build.is_free_threaded and not one.is_gil_expected
    )


def _is_same_but_gil(one: Variant, free: Variant) -> bool:
    """Return whether it is the same binary, run in the same way, but for its GIL."""
    is_same_binary = one.build.digest == free.build.digest
    return is_same_binary and one.is_gil_expected and not variant_differences(one, free)


def _partner(plan: Plan, free: Variant) -> Variant | None:
    """Return the GIL build to compare with: the fairest of the same minor version."""
    minor = free.build.python_version.split(".")[:2]
    candidates = [
        one
        for one in plan.variants
        if one.build.implementation == free.build.implementation
        and not one.build.is_free_threaded
        and one.build.python_version.split(".")[:2] == minor
    ]
    # Of two with one difference each, the one that is run as it comes.
    return min(
        candidates,
        key=lambda one: (len(variant_differences(one, free)), len(one.environment)),
        default=None,
    )
