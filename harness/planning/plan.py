"""Config × variants × workloads × modes × threads → ``Plan``: pure, printable, seeded."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import types
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ConfigError, NothingToDoError, nearest
from harness.model import (
    MODES,
    AnyVariant,
    Benchmark,
    Cell,
    Job,
    Kind,
    Mode,
    Pin,
    Plan,
    Skipped,
    Variant,
    Workload,
)
from harness.model.plans import PILOT
from harness.planning.calibration import (
    BETWEEN_S,
    LEAD_S,
    STARTUP_S,
    USUAL_BLOCKS,
    fixed,
    group_of,
    reference_cells,
    series_s,
    values_of,
    warmup_floor_s,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.planning.config import Config

    Obstacles = Mapping[tuple[str, str], str]
    """Label of a variant and name of a workload → why the one cannot run the other."""

__all__ = [
    "all_blocks",
    "block_order",
    "expected_s",
    "jobs_of_block",
    "least_s",
    "make_plan",
    "pilot_jobs",
    "pilot_s",
    "plan_hash",
]

PILOT_JOB_S = 0.6
MEMORY_BLOCKS = 3
"""Memory hardly differs from process to process: three show whether it does."""


def make_plan(
    config: Config,
    *,
    variants: tuple[AnyVariant, ...],
    sweep: tuple[int, ...],
    usable_cpus: int,
    obstacles: Obstacles = types.MappingProxyType({}),
) -> Plan:
    """Return the plan; ``sweep`` is the machine's own thread counts.

    What ``obstacles`` names is skipped, with the reason. Variants that are not here yet have
    cells, and are not among the plan's: ``forecast`` adds them.
    Raises ConfigError for an unknown baseline, NothingToDoError for no cells.
    """
    baseline = _baseline(config, variants, obstacles)
    options = config.options
    # A quick look leaves out the points with more threads than CPUs.
    fitting = tuple(count for count in sweep if count <= usable_cpus)
    threads = options.threads or (fitting if options.fast else sweep)
    requested = tuple(
        (variant, benchmark)
        for benchmark in _benchmarks(config, threads=threads, usable_cpus=usable_cpus)
        for variant in variants
        if options.mode or not benchmark.mode.facts.is_ceiling or variant.label == baseline
    )
    cells = tuple(
        Cell(variant=variant.label, benchmark=benchmark)
        for variant, benchmark in requested
        if not _obstacle(config, variant, benchmark, obstacles)
    )
    if not cells:
        raise NothingToDoError(_why_nothing(config, usable_cpus=usable_cpus))
    return Plan(
        seed=config.seed,
        preset=config.preset,
        baseline=baseline,
        variants=tuple(variant for variant in variants if isinstance(variant, Variant)),
        workloads=config.workloads,
        threads=threads,
        cells=cells,
        order=block_order(
            cells,
            groups={workload.name: workload.pair or workload.name for workload in config.workloads},
            blocks=config.preset.blocks,
            seed=config.seed,
        ),
        memory_blocks=min(MEMORY_BLOCKS, config.preset.blocks) if options.memory else 0,
        **msgspec.structs.asdict(options.worker),
        folder=str(config.folder or ""),
        time_budget_s=options.time_budget_s,
        precision=options.precision,
        is_frugal=options.blocks is None,
        pin=options.pin or Pin.CORES,
        cpus=usable_cpus,
        skipped=_skipped(config, requested, obstacles),
    )


def _baseline(config: Config, variants: tuple[AnyVariant, ...], obstacles: Obstacles) -> str:
    """Return the requested baseline, or else the first variant that can run anything."""
    labels = [variant.label for variant in variants]
    names = [workload.name for workload in config.workloads]
    able = [label for label in labels if any((label, name) not in obstacles for name in names)]
    baseline = config.options.baseline or (able or labels)[0]
    if baseline not in labels:
        hint = nearest(baseline, labels)
        raise ConfigError(f"--baseline {baseline!r} is not a variant of this run; {hint}")
    return baseline


def _skipped(
    config: Config, requested: Iterable[tuple[AnyVariant, Benchmark]], obstacles: Obstacles
) -> tuple[Skipped, ...]:
    rows = (
        Skipped(
            variant=variant.label, workload=benchmark.workload, mode=benchmark.mode, reason=reason
        )
        for variant, benchmark in requested
        if (reason := _obstacle(config, variant, benchmark, obstacles))
    )
    return tuple(dict.fromkeys(rows))


def _obstacle(
    config: Config, variant: AnyVariant, benchmark: Benchmark, obstacles: Obstacles
) -> str:
    """Return why a variant cannot run a benchmark, or nothing."""
    reason = obstacles.get((variant.label, benchmark.workload), "")
    reason = reason or _missing_modules(config, variant, benchmark)
    facts, build = benchmark.mode.facts, variant.build
    if reason or not facts.module:
        return reason
    version = tuple(int(part) for part in build.python_version.split(".")[:2] if part)
    # The version of one that is not here yet may be unknown.
    if build.implementation == "cpython" and (not version or version >= facts.min_cpython):
        return ""
    first = ".".join(map(str, facts.min_cpython))
    return f"has no {facts.module}: CPython {first} is the first that has"


def _missing_modules(config: Config, variant: AnyVariant, benchmark: Benchmark) -> str:
    """Return which modules that the workload needs are missing; unknown before it is here."""
    if not isinstance(variant, Variant):
        return ""
    needs = {
        need for work in config.workloads if work.name == benchmark.workload for need in work.needs
    }
    missing = sorted(needs.intersection(variant.build.missing_modules))
    return f"was built without {', '.join(missing)}" if missing else ""


def _why_nothing(config: Config, *, usable_cpus: int) -> str:
    modes = set(config.options.mode or Mode)
    if any(modes.intersection(workload.modes) for workload in config.workloads):
        return f"more processes than the {usable_cpus} CPUs: give --threads up to {usable_cpus}"
    named = ", ".join(config.options.mode or ())
    return f"no workload chosen has the mode {named!r}: choose another --mode or --workload"


def _benchmarks(
    config: Config, *, threads: tuple[int, ...], usable_cpus: int
) -> Iterator[Benchmark]:
    for workload in config.workloads:
        for mode in workload.modes:
            if mode not in (config.options.mode or _default_modes(workload)):
                continue
            for count in _counts(workload, mode, threads=threads, usable_cpus=usable_cpus):
                yield Benchmark(workload=workload.name, mode=mode, threads=count)


def _default_modes(workload: Workload) -> tuple[Mode, ...]:
    """Return the modes without ``--mode``; processes are the ceiling of computing."""
    is_cpu = workload.kind is Kind.CPU
    return tuple(
        mode for mode, facts in MODES.items() if facts.is_default or (facts.is_ceiling and is_cpu)
    )


def _counts(
    workload: Workload, mode: Mode, *, threads: tuple[int, ...], usable_cpus: int
) -> tuple[int, ...]:
    if not mode.facts.noun:
        return (1,)
    if mode.facts.has_own_gil:
        return tuple(count for count in threads if count <= usable_cpus)
    return workload.thread_counts or threads


def block_order(
    cells: tuple[Cell, ...], *, groups: Mapping[str, str], blocks: int, seed: int
) -> tuple[tuple[int, ...], ...]:
    """Return for each block the indices of ``cells`` in the order in which they are measured.

    Those of a group follow each other; ``groups`` has that of each workload.
    """
    together: dict[str, dict[Benchmark, list[int]]] = {}
    for index, cell in enumerate(cells):
        group = together.setdefault(groups[cell.benchmark.workload], {})
        group.setdefault(cell.benchmark, []).append(index)
    draw = random.Random(seed)  # noqa: S311 - a recorded seed, not a secret
    squares: dict[Benchmark, list[int]] = {}
    order = []
    for block in range(blocks):
        numbers: list[int] = []
        for group in draw.sample(list(together.values()), len(together)):
            for benchmark, members in draw.sample(list(group.items()), len(group)):
                turn = block % len(members)
                if turn == 0:  # every square is drawn anew
                    squares[benchmark] = draw.sample(members, len(members))
                numbers += squares[benchmark][turn:] + squares[benchmark][:turn]
        order.append(tuple(numbers))
    return tuple(order)


def pilot_jobs(plan: Plan) -> tuple[Job, ...]:
    """Return the pilot: every cell that must be calibrated once, in the plan's own order."""
    without = fixed(plan)
    cells = (cell for cell in plan.cells if cell not in without)
    return tuple(Job(block=PILOT, position=index, cell=cell) for index, cell in enumerate(cells))


def pilot_s(plan: Plan, jobs: Iterable[Job]) -> float:
    """Return the expected duration of these jobs of the pilot, seconds."""
    references = reference_cells(plan)
    expected = 0.0
    for job in jobs:
        is_reference = not plan.has_short_pilot and references.get(group_of(job.cell)) == job.cell
        # In place of the longer half of a calibration; slow calls take longer, and some
        # pilots are run twice.
        more_s = 1.5 * series_s(plan, job.cell) - PILOT_JOB_S / 4 if is_reference else 0.0
        expected += PILOT_JOB_S + more_s
    return expected


def jobs_of_block(plan: Plan, block: int, *, is_memory: bool = False) -> tuple[Job, ...]:
    """Return the jobs of measured block ``block`` (from 1), in the order they are run."""
    return tuple(
        Job(block=block, position=position, cell=plan.cells[index], is_memory=is_memory)
        for position, index in enumerate(plan.order[block - 1])
    )


def all_blocks(plan: Plan) -> list[tuple[Job, ...]]:
    """Return the pilot, the blocks that are timed, and those of the memory pass, in order."""
    return [
        pilot_jobs(plan),
        *(jobs_of_block(plan, number) for number in range(1, plan.preset.blocks + 1)),
        *(jobs_of_block(plan, n, is_memory=True) for n in range(1, plan.memory_blocks + 1)),
    ]


def plan_hash(plan: Plan) -> str:
    """Return a short hash of the whole plan."""
    return hashlib.sha256(msgspec.json.encode(plan)).hexdigest()[:6]


def expected_s(plan: Plan) -> float:
    """Return the expected duration of pilot and blocks in seconds, before any measurement.

    With a precision it is the longest: the number of blocks that it takes is not known.
    """
    costs = _costs(plan)
    blocks = plan.preset.blocks
    if plan.time_budget_s is not None:
        fitting = int((plan.time_budget_s - costs.pilot_s) / (costs.block_s + costs.fixed_s))
        blocks = max(1, min(blocks, fitting))
    # What waits for a fixed time is known well by then.
    fixed_blocks = min(blocks, USUAL_BLOCKS) if plan.is_frugal else blocks
    timed_s = blocks * costs.block_s + fixed_blocks * costs.fixed_s
    return costs.pilot_s + timed_s + plan.memory_blocks * costs.memory_s


def least_s(plan: Plan) -> float:
    """Return the expected duration of the pilot and one block, seconds."""
    costs = _costs(plan)
    return costs.pilot_s + costs.block_s + costs.fixed_s


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Costs:
    """Expected durations, seconds."""

    pilot_s: float
    block_s: float
    """Of a block, without what goes on for a fixed time."""
    fixed_s: float
    """Of what goes on for a fixed time, in one block."""
    memory_s: float


def _costs(plan: Plan) -> _Costs:
    calibrations = fixed(plan)
    memory_s = 0.0
    # A value is calibrated to last at least the minimum, and lasts a little more.
    value_s = plan.preset.min_value_s * 1.25
    block_s = fixed_s = 0.0
    for cell in plan.cells:
        if cell in calibrations:
            fixed_s += calibrations[cell].expected_s
            memory_s += calibrations[cell].expected_s
            continue
        warmup_s = max(warmup_floor_s(plan, cell), value_s)
        values = values_of(plan, cell, value_s)
        turn_s = value_s + BETWEEN_S + (LEAD_S if values > 1 else 0.0)
        block_s += (STARTUP_S + warmup_s) / max(1, plan.cpus) + values * turn_s
        memory_s += STARTUP_S + value_s
    before_s = pilot_s(plan, pilot_jobs(plan))
    return _Costs(pilot_s=before_s, block_s=block_s, fixed_s=fixed_s, memory_s=memory_s)
