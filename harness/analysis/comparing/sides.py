"""Experiments and pyperf files → one form that can be compared: samples of processes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from harness.analysis.experiment.frame import by_cell, complete_blocks, process_summaries
from harness.analysis.experiment.times import Times, process_times
from harness.model import Status, settings_of
from harness.storage.worker_result import read_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from harness.model import Cell, Manifest, Outcome, Plan, Variant
    from harness.storage.pyperf_file import PyperfFile
    from harness.storage.worker_result import RunData

__all__ = [
    "FOLDER",
    "WHOLE_FILE",
    "BuildId",
    "CellSample",
    "ComparisonInput",
    "Key",
    "Lost",
    "Place",
    "input_of_experiment",
    "input_of_file",
]

FOLDER = "folder of files"
"""Name of the setting for the folder that workloads write to."""
WHOLE_FILE = "all benchmarks"
_OPTIONS = {"--with-pydebug": "debug build", "--enable-optimizations": "PGO", "--with-lto": "LTO"}
"""Options of configure that change the speed of everything."""


class Key(NamedTuple):
    """A cell by its names; the variant is empty in a pyperf file."""

    variant: str
    benchmark: str


class BuildId(NamedTuple):
    """The binary and its environment: two variants that share both are the same."""

    digest: str
    environment: tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class CellSample:
    """One cell of one side: a number for each process."""

    logs: NDArray[np.float64]
    """Median of the natural logarithms of a process's values, shape ``(processes,)``."""
    blocks: tuple[int, ...]
    """The block of each process; in a pyperf file, its position."""
    unit: str
    loop: str
    """The work of one loop, where known: only equal loops can be compared."""
    code: str
    """Hash of the measured code; empty where unknown."""
    family: str
    kind: str
    """``cpu``, ``io``, ``mixed``, or ``not known``."""
    rounds: tuple[NDArray[np.float64], ...] = ()
    """Of a pyperf file: the logarithms of all values of each process, in their order."""
    source: str = ""
    """Name of the user's file that defines the workload."""
    is_paced: bool = False
    """Its duration is fixed, and so no result."""
    is_wait: bool = False
    """It only waits for a fixed time."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lost:
    """A cell with failed processes."""

    key: Key
    failed: int
    succeeded: int
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """The machine; what is unknown is empty."""

    host: str = ""
    host_id: str = ""
    """What the user said that its host is called; empty where nothing was said."""
    cpu_model: str = ""
    system: str = ""
    architecture: str = ""
    cpus: int = 0
    """CPUs that may be used; 0 when unknown."""
    kernel: str = ""
    """Its release; in a pyperf file, the whole platform."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComparisonInput:
    """A side of a comparison, or an experiment that run-to-run spread is estimated from."""

    name: str
    """Id of the experiment, or name of the file."""
    label: str
    created: str
    place: Place
    samples: Mapping[Key, CellSample]
    lost: tuple[Lost, ...] = ()
    variants: tuple[Variant, ...] = ()
    """Empty for a pyperf file."""
    baseline: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    """What else affects times: name and value, such as the switch interval."""
    executable: str = ""
    """Of a pyperf file: the interpreter that was measured."""
    python: str = ""
    """Of a pyperf file: implementation and version of the interpreter."""
    build: tuple[str, ...] = ()
    """Of a pyperf file: what its configure options say of the build."""
    has_options: bool = False
    """Whether a pyperf file has configure options."""
    gil: str = ""
    """Of a pyperf file: whether the GIL was on, in words."""
    path: str = ""
    """Of a pyperf file: where it is, as an absolute path."""
    experiment: str = ""
    """Id of the experiment, also of a file that was exported from it; empty where unknown."""
    canary_s: float | None = None
    """Typical duration of the machine's canaries, which run the same code in every experiment."""
    private: tuple[str, ...] = ()
    """Words that must not be published."""
    times: Times | None = None
    """Of an experiment: all its values, in rounds."""

    @property
    def is_experiment(self) -> bool:
        """Return whether it is an experiment of ours, with blocks."""
        return bool(self.variants)

    def build_id(self, label: str) -> BuildId | None:
        """Return the identity of the variant called ``label``; ``None`` when there is none."""
        for variant in self.variants:
            if variant.label == label:
                return BuildId(variant.build.digest, tuple(sorted(variant.environment)))
        return None


def input_of_experiment(
    manifest: Manifest,
    outcomes: tuple[Outcome, ...],
    *,
    runs: Mapping[tuple[bool, int, Cell], RunData] | None = None,
    private: tuple[str, ...] = (),
) -> ComparisonInput:
    """Return an experiment as a side. Like the report, it rests on complete blocks.

    ``runs`` are those of ``outcomes`` by the key of their job, if already decoded.
    """
    plan, machine = manifest.plan, manifest.machine
    timed = tuple(outcome for outcome in outcomes if outcome.job.is_timed)
    whole = set(complete_blocks(plan, outcomes))
    used = tuple(outcome for outcome in timed if outcome.job.block in whole) or timed
    runs = read_runs(used) if runs is None else runs
    good = [outcome for outcome in used if outcome.status is Status.OK]
    summaries = process_summaries([runs[outcome.job.key].values for outcome in good])
    logs: dict[Cell, dict[int, float]] = {}
    for outcome, log in zip(good, summaries.tolist(), strict=True):
        logs.setdefault(outcome.job.cell, {})[outcome.job.block] = log
    samples = {
        Key(cell.variant, cell.benchmark.name): _sample(manifest, cell, logs[cell])
        for cell in plan.cells
        if cell in logs
    }
    return ComparisonInput(
        name=manifest.id,
        label=manifest.label,
        created=manifest.created,
        place=Place(
            host=machine.host,
            cpu_model=machine.cpu_model,
            system=machine.system,
            architecture=machine.architecture,
            cpus=machine.usable_cpus,
            kernel=machine.kernel,
        ),
        samples=samples,
        lost=_lost(plan, timed),
        variants=plan.variants,
        baseline=plan.baseline,
        settings=(
            *((setting.title, str(setting)) for setting in settings_of(plan)),
            ("pinned threads", str(plan.pin)),
            (FOLDER, plan.folder or "the temporary folder"),
            ("workload code", manifest.workloads_digest),
        ),
        private=private,
        times=process_times(used, runs),
        experiment=manifest.id,
        canary_s=_canary_s(good),
    )


def _canary_s(outcomes: Iterable[Outcome]) -> float | None:
    """Return the median of the canaries around all values, or else around all processes."""
    outcomes = tuple(outcomes)
    around = [
        took_us / 1e6
        for outcome in outcomes
        for turn in outcome.turns
        for took_us in (*turn.before, *turn.after)
    ]
    around = around or [it.canary_s for it in outcomes if it.canary_s is not None]
    return float(np.median(around)) if around else None


def _sample(manifest: Manifest, cell: Cell, logs: Mapping[int, float]) -> CellSample:
    """Return the sample of one cell, from block → logarithm."""
    workload = manifest.plan.workload(cell.benchmark.workload)
    blocks = tuple(sorted(logs))
    return CellSample(
        logs=np.array([logs[block] for block in blocks]),
        blocks=blocks,
        unit="second",
        loop=f"{workload.units} units, {workload.scaling} scaling",
        code=workload.digest or manifest.workloads_digest,
        family=workload.name,
        kind=str(workload.kind),
        source=workload.source,
        is_paced=workload.is_paced,
        is_wait=workload.value_s is not None,
    )


def _lost(plan: Plan, timed: tuple[Outcome, ...]) -> tuple[Lost, ...]:
    return tuple(
        Lost(
            key=Key(cell.variant, cell.benchmark.name),
            failed=len(bad),
            succeeded=sum(outcome.status is Status.OK for outcome in own),
            reason=bad[0].reason,
        )
        for cell, own in by_cell(plan.cells, timed).items()
        if (bad := [outcome for outcome in own if outcome.status not in (Status.OK, Status.KNOWN)])
    )


def input_of_file(file: PyperfFile, *, private: tuple[str, ...] = ()) -> ComparisonInput:
    """Return a pyperf file as a side: all its benchmarks are one family."""
    samples = {
        Key("", benchmark.name): CellSample(
            logs=process_summaries(benchmark.runs),
            blocks=benchmark.blocks,
            rounds=tuple(np.log(np.array(values)) for values in benchmark.runs),
            unit=benchmark.unit,
            loop="" if benchmark.inner_loops == 1 else f"{benchmark.inner_loops} inner loops",
            code="",
            family=WHOLE_FILE,
            kind="not known",
        )
        for benchmark in file.benchmarks
    }
    python = " ".join(
        filter(None, (file.fact("python_implementation"), file.fact("python_version")))
    )
    options = file.fact("python_config_args")
    return ComparisonInput(
        name=file.path.name,
        label=", ".join(filter(None, (file.fact("gilscope_variant"), python))),
        created=file.fact("date"),
        place=Place(
            host=file.fact("hostname"),
            cpu_model=file.fact("cpu_model_name"),
            # What follows depends on the interpreter.
            kernel=file.fact("platform").partition("-with-")[0],
        ),
        samples=samples,
        executable=file.fact("python_executable"),
        python=python,
        build=tuple(words for option, words in _OPTIONS.items() if option in options),
        has_options=bool(options),
        gil=_gil(file),
        path=str(file.path.absolute()),
        experiment=file.fact("gilscope_experiment"),
        private=private,
    )


def _gil(file: PyperfFile) -> str:
    state = file.fact("gilscope_gil")
    is_free_threaded = file.fact(
        "gilscope_free_threaded_build"
    ) == "yes" or "--disable-gil" in file.fact("python_config_args")
    build = "free-threaded build" if is_free_threaded else ""
    shown = f"GIL {state}" if state in ("on", "off") else "GIL state not in the file"
    return ", ".join(filter(None, (build, shown)))
