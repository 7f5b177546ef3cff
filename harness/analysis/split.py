"""The three-way split: what the free-threaded build costs, and what losing the GIL gains.

Place in the flow: frame, builds → **split** → results. tax × removal = net.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from harness.analysis.results import Split
from harness.analysis.scaling import block_ratio
from harness.model import Build, Cell, Mode, Plan, Variant

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["differences", "splits"]


def splits(plan: Plan, times: pd.DataFrame) -> tuple[Split, ...]:
    """Return a split for every GIL/free-threaded pair and every threaded benchmark.

    ``times`` has natural logarithms of seconds, a row per block, a column per cell name.
    """
    found = []
    for free in _free_threaded(plan):
        gil = _partner(plan, free)
        if gil is None:
            continue
        same_binary = next(
            (
                one
                for one in plan.variants
                if one.build.digest == free.build.digest and one.is_gil_expected
            ),
            None,
        )
        found += [
            _split(cell, pair=(gil, free), same_binary=same_binary, times=times)
            for cell in plan.cells
            if cell.variant == free.label and cell.benchmark.mode is not Mode.PROCESSES
        ]
    return tuple(found)


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
        differences=differences(gil.build, free.build),
    )


def _free_threaded(plan: Plan) -> tuple[Variant, ...]:
    return tuple(
        one for one in plan.variants if one.build.is_free_threaded and not one.is_gil_expected
    )


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
    return min(candidates, key=lambda one: len(differences(one.build, free.build)), default=None)


def differences(one: Build, other: Build) -> tuple[str, ...]:
    """Return what differs between two builds beside the GIL, one phrase for each."""
    facts = (
        ("version", one.version, other.version),
        ("compiler", one.compiler, other.compiler),
        ("optimisation", one.optimisation, other.optimisation),
        ("configure options", _options(one), _options(other)),
        ("libc", one.libc, other.libc),
        ("architecture", one.architecture, other.architecture),
        ("debug build", str(one.is_debug), str(other.is_debug)),
        ("JIT", one.jit, other.jit),
    )
    return tuple(f"{name}: {a or '?'} / {b or '?'}" for name, a, b in facts if a != b)


def _options(build: Build) -> str:
    """Return the configure options that can change speed: no prefix, no --disable-gil."""
    try:
        options = shlex.split(build.configure_args)
    except ValueError:  # quotes that do not match
        return build.configure_args
    ignored = ("--prefix", "--disable-gil", "--with-suffix", "--srcdir")
    return " ".join(option for option in options if not option.startswith(ignored))
