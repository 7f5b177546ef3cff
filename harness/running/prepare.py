"""Options → interpreters, workloads and a plan: everything that comes before measuring."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from harness import interpreters
from harness.analysis.live.stopping import headlines
from harness.errors import ConfigError, InterpreterError
from harness.machine import audit, thread_sweep
from harness.model import MAX_THREADS
from harness.planning import config
from harness.planning.plan import make_plan
from harness.user_workloads.describe import Asking, Gathered, gather

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import Machine, Plan, Unavailable, Variant
    from harness.planning.bench_options import BenchOptions
    from harness.planning.user_files import OwnFile

    Choose = Callable[[tuple[Variant, ...]], tuple[Variant, ...]]
    """Variants found → those that are measured."""

__all__ = ["Prepared", "prepare"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is to be measured, on what, and what could not be had."""

    plan: Plan
    machine: Machine
    unavailable: tuple[Unavailable, ...]
    label: str
    own: Gathered
    files: tuple[OwnFile, ...]


def prepare(
    options: BenchOptions,
    *,
    tell: interpreters.Tell,
    is_allowed_to_get: bool,
    choose: Choose = tuple,
    is_check: bool = False,
) -> Prepared:
    """Return what ``options`` ask for; ``choose`` makes the variants out of those found.

    A check looks at results and not at times: ``gilscope.toml`` does not count, and there may be
    more processes than CPUs. Raises ConfigError, InterpreterError if no interpreter is found,
    NothingToDoError for no cells.
    """
    wanted = config.resolve(options, Path.cwd(), is_alone=is_check)
    requests = interpreters.parse_all(wanted.interpreters, optimised=wanted.optimised)
    found = interpreters.provision(
        requests, tell=tell, allow_get=is_allowed_to_get, optimised=wanted.optimised
    )
    if not found.variants:
        reasons = "; ".join(f"{row.label}: {row.reason}" for row in found.unavailable)
        raise InterpreterError(f"no interpreter can be had ({reasons})")
    variants = choose(found.variants)
    gathered = gather(
        wanted.files,
        variants,
        Asking(tell=tell, may_install=is_allowed_to_get, timeout_s=wanted.preset.timeout_s),
    )
    machine = audit()
    plan = make_plan(
        dataclasses.replace(wanted, workloads=wanted.workloads + gathered.workloads),
        variants=variants,
        sweep=thread_sweep(machine),
        usable_cpus=MAX_THREADS if is_check else machine.usable_cpus,
        obstacles=gathered.obstacles,
    )
    if plan.precision is not None and not any(headlines(plan, machine.physical_cores)):
        raise ConfigError(
            f"--precision {plan.precision * 100:g}% has nothing to go by here: no workload that "
            "computes is run with one thread and with more, or under two variants; give --blocks"
        )
    return Prepared(
        plan=plan,
        machine=machine,
        unavailable=found.unavailable,
        label=wanted.label,
        own=gathered,
        files=wanted.files,
    )
