"""Options → interpreters, workloads and a plan: all steps before measuring."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from harness import interpreters
from harness.analysis.experiment.headlines import headlines
from harness.errors import ConfigError, InterpreterError
from harness.machine import audit, thread_sweep
from harness.model import MAX_THREADS, Optimised
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
    """A plan, its machine, and the interpreters that are not available."""

    plan: Plan
    machine: Machine
    unavailable: tuple[Unavailable, ...]
    label: str
    own: Gathered
    files: tuple[OwnFile, ...]


def prepare(
    options: BenchOptions,
    *,
    notify: interpreters.Notify,
    is_allowed_to_get: bool,
    choose: Choose = tuple,
    is_check: bool = False,
) -> Prepared:
    """Return the plan of ``options`` for the variants that ``choose`` returns.

    A check looks at results and not at times: ``gilscope.toml`` does not count, and there may be
    more processes than CPUs. Raises ConfigError, InterpreterError if no interpreter is found,
    NothingToDoError for no cells.
    """
    request = config.resolve(options, Path.cwd(), is_alone=is_check)
    options = request.options
    optimised = options.optimized or Optimised.ANY
    specs = interpreters.parse_all(options.interpreter or (), optimised=optimised)
    provisioned = interpreters.provision(
        specs, notify=notify, allow_get=is_allowed_to_get, optimised=optimised
    )
    if not provisioned.variants:
        reasons = "; ".join(f"{row.label}: {row.reason}" for row in provisioned.unavailable)
        raise InterpreterError(f"no interpreter is available ({reasons})")
    variants = choose(provisioned.variants)
    gathered = gather(
        request.files,
        variants,
        Asking(notify=notify, may_install=is_allowed_to_get, timeout_s=request.preset.timeout_s),
    )
    machine = audit()
    plan = make_plan(
        dataclasses.replace(request, workloads=request.workloads + gathered.workloads),
        variants=variants,
        sweep=thread_sweep(machine),
        usable_cpus=MAX_THREADS if is_check else machine.usable_cpus,
        obstacles=gathered.obstacles,
    )
    if plan.precision is not None and not any(headlines(plan, machine.physical_cores)):
        raise ConfigError(
            f"--precision {plan.precision * 100:g}% cannot be checked here: no computing workload "
            "is run with one thread and with more, or under two variants; give --blocks"
        )
    return Prepared(
        plan=plan,
        machine=machine,
        unavailable=provisioned.unavailable,
        label=options.label or "",
        own=gathered,
        files=request.files,
    )
