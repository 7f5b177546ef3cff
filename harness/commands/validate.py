"""Simulate every row of every table on all CPUs, and write them into their page."""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import multiprocessing
import os
from typing import TYPE_CHECKING

from harness.errors import ConfigError, ValidationError
from harness.invocation import to_type
from harness.json_output import document
from harness.running import progress
from harness.validation import families, method_choices, page, pairs, schemes
from harness.validation.rows import simulated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from harness.validation.rows import SimulatedRow, Task

__all__ = ["FULL", "all_tasks", "simulate", "validate"]

FULL = 4000
"""Experiments of each row: the standard error of 5 % is 0.34 %."""
_MIN_SIMULATIONS = 10


def validate(target: Path, *, simulations: int, seed: int, is_checked: bool, is_json: bool) -> str:
    """Simulate every row and write the tables into ``target``; return the text to print.

    Nothing is written with ``is_checked``, or with fewer than ``FULL`` experiments, which would
    replace figures by rougher ones. Raises ConfigError for a page without a place for the tables,
    ValidationError for one that is checked and differs.
    """
    if simulations < _MIN_SIMULATIONS or seed < 0:
        raise ConfigError(
            f"--simulations {simulations} --seed {seed}: give at least {_MIN_SIMULATIONS} "
            "experiments, and a seed of 0 or more"
        )
    before = page.read(target)
    with progress.screen() as screen:
        rows = simulate(
            list(all_tasks()), simulations=simulations, seed=seed, tell=screen.simulated
        )
    after = page.with_tables(before, page.tables(rows, simulations=simulations, seed=seed))
    is_written = not is_checked and simulations >= FULL
    if is_checked and before != after:
        raise ValidationError(
            f"{target} differs from the simulations: run {to_type('validate')}, and look at the "
            "changes"
        )
    if is_written:
        target.write_text(after, encoding="utf-8", newline="\n")
    if is_json:
        return document({"simulations": simulations, "seed": seed, "rows": rows})
    return page.summary(rows, simulations=simulations, target=target if is_written else None)


def all_tasks() -> Iterable[Task]:
    """Return every row of every table."""
    return itertools.chain(pairs.tasks(), families.tasks(), method_choices.tasks(), schemes.tasks())


def simulate(
    tasks: Sequence[Task],
    *,
    simulations: int,
    seed: int,
    workers: int | None = None,
    tell: Callable[[int, int], None] = lambda done, rows: None,  # noqa: ARG005
) -> tuple[SimulatedRow, ...]:
    """Return the rows in the order of ``tasks``; the same for any number of ``workers``.

    ``tell`` is called with the number of rows that are done, and that of all. Default: a worker
    for each CPU.
    """
    simulate_row = functools.partial(simulated, simulations=simulations, seed=seed)
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    tell(0, len(tasks))
    if workers == 1:
        return tuple(map(simulate_row, tasks))
    rows = []
    # Not forked: numpy has threads.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        for row in pool.map(simulate_row, tasks, chunksize=4):
            rows.append(row)
            tell(len(rows), len(tasks))
    return tuple(rows)
