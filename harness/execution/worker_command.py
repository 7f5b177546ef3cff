"""A job → the launch of its worker: command line, environment, affinity, timeout."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING

from harness.execution.launcher import OUTPUT, TURNS, Launch
from harness.machine import affinity_for, pins_for
from harness.model import Pin, settings_of
from harness.planning.calibration import Calibration, series_s
from harness.planning.warmup import SERIES_VALUE_S
from workloads.environment import FAMILY, OWN_FILE, OWN_MODULE, OWN_PACKAGES, PIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.model import Cell, Job, Machine, Plan, Variant

__all__ = ["OwnCode", "Site", "launch_of", "pilot_calibration", "pins_of", "worker_environment"]

# Interpreters need these to start. Nothing else of the user's environment reaches a worker:
# PYTHON* variables would change the measurement.
_INHERITED = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnCode:
    """A user's file for workers."""

    path: Path
    module: str = ""
    """Its dotted name, where it is imported by one."""
    packages: Mapping[str, Path] = dataclasses.field(default_factory=dict)
    """Label of a variant → folder with the packages that the file needs."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Site:
    """The folders with the workers' code."""

    python_path: tuple[Path, ...]
    """Folders with ``workloads`` and with pyperf, and with nothing else."""
    bytecode: Path
    """Root of the bytecode caches, one below it for each build."""
    own: Mapping[str, OwnCode] = dataclasses.field(default_factory=dict)
    """The code of workloads that are not built in, by name."""


def pilot_calibration(plan: Plan) -> Calibration:
    """Return the calibration of a pilot, which has none yet."""
    return Calibration(
        loops=0, warmups=1, values=1, expected_s=0.0, timeout_s=plan.preset.timeout_s
    )


def pins_of(job: Job, plan: Plan, machine: Machine) -> tuple[int, ...]:
    """Return the CPU of each thread of a job; empty where the operating system places them."""
    threads = job.cell.benchmark.threads
    has_own_threads = plan.workload(job.cell.benchmark.workload).thread_counts is not None
    if plan.pin is Pin.NONE or (has_own_threads and threads > 1):
        return ()
    return pins_for(machine, threads, block=job.block)


def launch_of(
    job: Job,
    *,
    plan: Plan,
    machine: Machine,
    site: Site,
    calibration: Calibration,
    has_turns: bool = False,
) -> Launch:
    """Return the launch of ``job``; a calibration of 0 loops asks the worker to calibrate.

    With turns it waits for a token before each call.
    """
    benchmark = job.cell.benchmark
    variant = plan.variant(job.cell.variant)
    if calibration.loops:
        amount = [f"-l{calibration.loops}", f"-w{calibration.warmups}", f"-n{calibration.values}"]
    else:
        amount = _pilot_amount(job.cell, plan)
    own = site.own.get(benchmark.workload)
    family = () if own else ((FAMILY, plan.workload(benchmark.workload).family),)
    pins = pins_of(job, plan, machine)
    pinned = ((PIN, ",".join(map(str, pins))),) if pins else ()
    command = (
        variant.build.path,
        *("-m", "workloads"),
        f"--workload={benchmark.workload}",
        f"--mode={benchmark.mode}",
        f"--threads={benchmark.threads}",
        f"--expect-gil={'on' if variant.is_gil_expected else 'off'}",
        *_parameters(job, plan, variant),
        *(("--turns", TURNS, f"--lead={calibration.lead}") if has_turns else ()),
        *("--worker", "--worker-task=0", *amount),
        *("-o", OUTPUT),
    )
    return Launch(
        command=command,
        environment=tuple(sorted((*worker_environment(variant, site, own), *family, *pinned))),
        affinity=affinity_for(machine, benchmark.threads),
        timeout_s=calibration.timeout_s,
    )


def _pilot_amount(cell: Cell, plan: Plan) -> list[str]:
    """Return the options of a pilot: it finds loops, and in some cells shows the warm-up."""
    min_s, warmups = plan.preset.min_value_s, 0
    duration_s = series_s(plan, cell)
    if duration_s:
        # Short calls, so that there are many before it is warm.
        min_s = min(SERIES_VALUE_S, min_s)
    else:
        # A JIT may still be compiling while the loops double: one more call at the end.
        warmups = int(plan.variant(cell.variant).is_jit_on)
    series = [f"--series={duration_s}"] if duration_s else []
    return ["--calibrate-loops", f"--min-time={min_s}", f"-w{warmups}", "-n1", *series]


def _parameters(job: Job, plan: Plan, variant: Variant) -> Iterator[str]:
    """Yield the options that differ from the worker's defaults."""
    # Elsewhere the worker cannot read the JIT's state.
    if variant.build.implementation == "cpython" and variant.build.jit in ("off", "on"):
        yield f"--expect-jit={'on' if variant.is_jit_on else 'off'}"
    if job.is_memory:
        yield "--memory"
    settings = {
        setting.name: setting.value for setting in settings_of(plan) if setting.value is not None
    }
    if settings:
        yield f"--settings={json.dumps(settings)}"
    if plan.folder:
        yield f"--folder={plan.folder}"


def worker_environment(
    variant: Variant, site: Site, own: OwnCode | None
) -> tuple[tuple[str, str], ...]:
    """Return the whole environment of a worker, or of the process that describes ``own``."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    ours = {
        "LANG": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": os.pathsep.join(str(path) for path in site.python_path),
        # Builds of one version share their bytecode's tag, but not always its content.
        "PYTHONPYCACHEPREFIX": str(site.bytecode / variant.build.digest),
    }
    if own:
        packages = str(own.packages.get(variant.label, ""))
        named = {OWN_FILE: str(own.path), OWN_MODULE: own.module, OWN_PACKAGES: packages}
        ours |= {name: value for name, value in named.items() if value}
    return tuple(sorted({**inherited, **ours, **dict(variant.environment)}.items()))
