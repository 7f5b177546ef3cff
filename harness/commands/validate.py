"""Every row of every table, on all CPUs, into the page that has them."""

from __future__ import annotations

import concurrent.futures
import functools
import multiprocessing
import os
from typing import TYPE_CHECKING

from harness.errors import ConfigError, ValidationError
from harness.invocation import to_type
from harness.json_output import document
from harness.running import progress
from harness.validation import families, method_choices, page, pairs
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
    """Simulate every row and write the tables into ``target``; return what to print.

    With ``is_checked`` nothing is written. Nor with fewer than ``FULL`` experiments, which would
    put rougher figures in the place of better ones. Raises ConfigError for a page that has no
    place for the tables, ValidationError for one that is checked and differs.
    """
    if simulations < _MIN_SIMULATIONS or seed < 0:
        raise ConfigError(
            f"--simulations {simulations} --seed {seed}: give at least {_MIN_SIMULATIONS} "
            "experiments, and a seed of 0 or more"
        )
    before = page.read(target)
    with progress.screen() as screen:
        found = simulate(
            list(all_tasks()), simulations=simulations, seed=seed, told=screen.simulated
        )
    after = page.with_tables(before, page.tables(found, simulations=simulations, seed=seed))
    is_written = not is_checked and simulations >= FULL
    if is_checked and before != after:
        raise ValidationError(
            f"{target} does not hold what the simulations give now: run "
            f"{to_type('validate')}, and look at what changed"
        )
    if is_written:
        target.write_text(after, encoding="utf-8", newline="\n")
    if is_json:
        return document({"simulations": simulations, "seed": seed, "rows": found})
    return page.summary(found, simulations=simulations, target=target if is_written else None)


def all_tasks() -> Iterable[Task]:
    """Yield every row of every table."""
    yield from pairs.tasks()
    yield from families.tasks()
    yield from method_choices.tasks()


def simulate(
    tasks: Sequence[Task],
    *,
    simulations: int,
    seed: int,
    workers: int | None = None,
    told: Callable[[int, int], None] = lambda done, rows: None,  # noqa: ARG005
) -> tuple[SimulatedRow, ...]:
    """Return the rows in the order of ``tasks``; the same for any number of ``workers``.

    ``told`` hears how many rows are done, of how many. Default: a worker for each CPU.
    """
    one = functools.partial(simulated, simulations=simulations, seed=seed)
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    told(0, len(tasks))
    if workers == 1:
        return tuple(one(task) for task in tasks)
    found = []
    # Not forked: numpy has threads.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        for row in pool.map(one, tasks, chunksize=4):
            found.append(row)
            told(len(found), len(tasks))
    return tuple(found)
