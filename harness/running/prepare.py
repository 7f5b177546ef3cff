"""Options → interpreters, workloads and a plan: all steps before measuring."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from harness import interpreters
from harness.analysis.experiment.headlines import headlines
from harness.errors import ConfigError, InterpreterError
from harness.machine import audit, thread_sweep
from harness.model import MAX_THREADS, AnyVariant, Optimised, Variant
from harness.planning import config
from harness.planning.budget import within_budget
from harness.planning.forecast import Forecast, forecast
from harness.planning.plan import make_plan
from harness.user_workloads.describe import Asking, Gathered, gather
from harness.wording import by_reason

if TYPE_CHECKING:
    from harness.model import Machine, Plan, Unavailable
    from harness.planning.bench_options import BenchOptions
    from harness.planning.config import Config
    from harness.planning.user_files import OwnFile

__all__ = ["Choose", "Foreseen", "Prepared", "every", "foresee", "prepare"]

V = TypeVar("V", bound=AnyVariant)


class Choose(Protocol):
    """Variants found → those that are measured."""

    def __call__(self, variants: tuple[V, ...], /) -> tuple[V, ...]:
        """Return the variants to measure."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prepared:
    """A plan, its machine, and the interpreters that are not available."""

    plan: Plan
    machine: Machine
    unavailable: tuple[Unavailable, ...]
    label: str
    own: Gathered
    files: tuple[OwnFile, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What ``prepare`` would return once everything is downloaded and built."""

    plan: Forecast
    variants: tuple[AnyVariant, ...]
    """Those that are here, and those that would be, in the order of the requests."""
    machine: Machine
    unavailable: tuple[Unavailable, ...]


def every(variants: tuple[V, ...], /) -> tuple[V, ...]:
    """Choose all variants."""
    return variants


def prepare(
    options: BenchOptions,
    *,
    notify: interpreters.Notify,
    choose: Choose = every,
    is_check: bool = False,
) -> Prepared:
    """Return the plan of ``options`` for the variants that ``choose`` returns.

    A check looks at results and not at times: ``gilscope.toml`` does not count, and there may be
    more processes than CPUs. Raises ConfigError, InterpreterError if no interpreter is found,
    NothingToDoError for no cells.
    """
    request = config.resolve(options, Path.cwd(), is_alone=is_check)
    found = _provisioned(request, notify=notify, may_get=True)
    variants = choose(found.variants)
    asking = Asking(notify=notify, timeout_s=request.preset.timeout_s)
    gathered = gather(request.files, variants, asking)
    machine = audit()
    plan = _plan(request, variants, gathered, machine, is_check=is_check)
    return Prepared(
        plan=plan,
        machine=machine,
        unavailable=found.unavailable,
        label=request.options.label or "",
        own=gathered,
        files=request.files,
    )


def foresee(options: BenchOptions, *, choose: Choose = every) -> Foreseen:
    """Return what ``prepare`` would, without downloading, building or installing anything.

    Raises the same errors, as far as they can be known before.
    """
    request = config.resolve(options, Path.cwd())
    found = _provisioned(request, notify=interpreters.ignore, may_get=False)
    variants = choose(found.candidates)
    here = tuple(variant for variant in variants if isinstance(variant, Variant))
    asking = Asking(
        notify=interpreters.ignore, may_install=False, timeout_s=request.preset.timeout_s
    )
    gathered = gather(request.files, here or (_this_python(),), asking)
    machine = audit()
    plan = _plan(request, variants, gathered, machine)
    return Foreseen(
        plan=forecast(plan, variants),
        variants=variants,
        machine=machine,
        unavailable=found.unavailable,
    )


def _provisioned(
    request: Config, *, notify: interpreters.Notify, may_get: bool
) -> interpreters.Provisioned:
    optimised = request.options.optimized or Optimised.ANY
    specs = interpreters.parse_all(request.options.interpreter or (), optimised=optimised)
    found = interpreters.provision(specs, notify=notify, allow_get=may_get, optimised=optimised)
    if not found.candidates:
        rows = by_reason((row.label, row.reason) for row in found.unavailable)
        reasons = "; ".join(f"{labels}: {reason}" for labels, reason in rows)
        raise InterpreterError(f"no interpreter is available ({reasons})")
    return found


def _this_python() -> Variant:
    """Return the Python that runs this, which can describe a user's workloads as well as any."""
    build = interpreters.probe(sys.executable)
    return Variant(label="this Python", spec=build.path, build=build, is_gil_expected=True)


def _plan(
    request: Config,
    variants: tuple[AnyVariant, ...],
    gathered: Gathered,
    machine: Machine,
    *,
    is_check: bool = False,
) -> Plan:
    plan = make_plan(
        dataclasses.replace(request, workloads=request.workloads + gathered.workloads),
        variants=variants,
        sweep=thread_sweep(machine),
        usable_cpus=MAX_THREADS if is_check else machine.usable_cpus,
        obstacles=gathered.obstacles,
    )
    plan = within_budget(plan)
    if plan.precision is not None and not any(headlines(plan, machine.physical_cores)):
        raise ConfigError(
            f"--precision {plan.precision * 100:g}% cannot be checked here: no computing workload "
            "is run with one thread and with more, or under two variants; give --blocks"
        )
    return plan
