"""How long it takes until a known difference is resolved, beside pyperf as documented.

Both measure the same two programs with the same build in the same minutes, by turns: after each
block of ours pyperf runs once for each program, with its defaults. One program does 2 % more of
the same work, so that the truth is known.
"""

from __future__ import annotations

import itertools
import math
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from scipy import special

from harness.analysis.experiment.times import process_times
from harness.errors import WorkerError
from harness.execution.worker_command import worker_environment
from harness.json_output import document
from harness.lifetime.life import life
from harness.model import Mode
from harness.planning.bench_options import BenchOptions
from harness.report.words import formatting
from harness.running.experiment import make_manifest, measure
from harness.running.prepare import prepare
from harness.running.progress import screen
from harness.storage import experiment_folder, pyperf_file
from harness.subprocesses import process_group
from harness.user_workloads.describe import site_of
from harness.validation.checks import pyperf_differs
from harness.wording import duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import Variant
    from harness.running.tracker import Pause
    from harness.storage.experiment_folder import Experiment

__all__ = ["Resolution", "resolution", "seconds_until_resolved", "table"]

EXTRA = 0.02
"""How much more work the slower program does."""
POWER = 0.8
_MOST = 100_000
_SLOWER_SEED = "2"
_STEPS = 20_000
"""About a millisecond."""
_WORK = f"""import os

# The seed of hashes is what a variant may set, and nothing here is hashed.
STEPS = {_STEPS}
if os.environ["PYTHONHASHSEED"] == "{_SLOWER_SEED}":
    STEPS += int({_STEPS} * {EXTRA})


def count(steps):
    state = 1
    for _ in range(steps):
        state = (state * 69069 + 12345) & 0x3FFFFFFF
    return state
"""
_WORKLOAD = """from known_work import STEPS, count
from workloads import Part, workload


@workload(modes=("threads",))
def known_difference(part: Part) -> int:
    \"\"\"Count steps, and some more in one of two programs.\"\"\"
    count(STEPS)
    return 1
"""
_SCRIPT = """import pyperf

from known_work import STEPS, count

pyperf.Runner().bench_func("known_difference", count, STEPS)
"""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one way of measuring found."""

    ratios: tuple[float, ...]
    """Slower ÷ faster program: of each block, or of each pair of runs."""
    sd: float
    """Standard deviation of their logarithms."""
    each_s: float
    """Mean wall time of a block, or of a pair of runs."""
    before_s: float
    """Wall time before the first: the pilot."""
    resolved_s: float | None
    """Until the difference would be found in four of five cases at 5 % false alarms; ``None``
    where that takes more than a hundred thousand."""


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison of both ways."""

    truth: float
    gilscope: Side
    pyperf: Side
    ratio: float | None
    """Seconds until resolved: Gilscope's ÷ pyperf's."""
    pyperf_false_alarms: int
    """Neighbouring runs of one program that pyperf's own test calls different."""
    pyperf_neighbours: int


def resolution(*, interpreter: str, turns: int, is_json: bool) -> str:
    """Measure by turns; return the figures."""
    with screen() as shown, tempfile.TemporaryDirectory(dir=life().folder) as temporary:
        folder = Path(temporary)
        for name, text in (("known_work", _WORK), ("workload", _WORKLOAD), ("script", _SCRIPT)):
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        separator = "&" if "?" in interpreter else "?"
        options = BenchOptions(
            interpreter=tuple(
                f"{label}={interpreter}{separator}env=PYTHONHASHSEED={seed}"
                for label, seed in (("faster", "1"), ("slower", _SLOWER_SEED))
            ),
            workload=(f"{folder / 'workload.py'}::known_difference",),
            threads=(1,),
            mode=(Mode.THREADS,),
            blocks=turns,
        )
        ready = prepare(options, notify=shown.getting, is_check=True)
        runs: list[_Pair] = []

        def run_pyperf(_: Pause) -> None:
            shown.say(f"pyperf, turn {len(runs) + 1} of {turns}")
            runs.append(_pyperf_pair(ready.plan.variants, folder, number=len(runs)))

        manifest = make_manifest(
            ready.plan, machine=ready.machine, unavailable=(), label="resolution"
        )
        measure(
            manifest,
            results=folder / "results",
            screen=shown,
            own=ready.own.code,
            after_block=run_pyperf,
        )
        found = experiment_folder.load(folder / "results" / manifest.id)
        result = _result(_ours(found), runs)
    return document(result) if is_json else table(result)


class _Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One run of pyperf for each program; processes with their values."""

    faster: tuple[tuple[float, ...], ...]
    slower: tuple[tuple[float, ...], ...]
    seconds: float


def _pyperf_pair(variants: tuple[Variant, ...], folder: Path, *, number: int) -> _Pair:
    started = time.monotonic()
    processes = {}
    for variant in variants:
        output = folder / f"{variant.label}-{number}.json"
        environment = dict(worker_environment(variant, site_of({}), None))
        command = [variant.build.path, "script.py", "-o", str(output), "--quiet"]
        inherited = f"--inherit-environ={','.join(environment)}"
        with process_group(
            [*command, inherited], stderr=subprocess.PIPE, env=environment, cwd=folder
        ) as process:
            _, said = process.communicate()
        if process.returncode:
            words = said.decode(errors="replace")[-300:]
            raise WorkerError(f"pyperf ended with {process.returncode}: {words}")
        (benchmark,) = pyperf_file.load(output).benchmarks
        processes[variant.label] = benchmark.runs
    return _Pair(**processes, seconds=time.monotonic() - started)


def _ours(found: Experiment) -> Side:
    plan = found.manifest.plan
    (faster,), (slower,) = ([c for c in plan.cells if c.variant == v.label] for v in plan.variants)
    differences = process_times(found.outcomes, found.runs).pairs(slower, faster)
    timed = [outcome.wall_s for outcome in found.outcomes if outcome.job.is_timed]
    before = [outcome.wall_s for outcome in found.outcomes if not outcome.job.is_timed]
    return _side(differences, each_s=sum(timed) / plan.preset.blocks, before_s=sum(before))


def _side(differences: NDArray[np.float64], *, each_s: float, before_s: float) -> Side:
    sd = float(np.std(differences, ddof=1))
    return Side(
        ratios=tuple(np.exp(differences).tolist()),
        sd=sd,
        each_s=each_s,
        before_s=before_s,
        resolved_s=seconds_until_resolved(sd, each_s=each_s, before_s=before_s),
    )


def seconds_until_resolved(sd: float, *, each_s: float, before_s: float) -> float | None:
    """Return the wall time until a difference of ``EXTRA`` is found in ``POWER`` of cases.

    With n pairs whose logarithms have this standard deviation the smallest difference found so
    often is (t(0.975; n − 1) + t(0.8; n − 1)) · sd ÷ √n. ``None`` beyond a hundred thousand.
    """
    for n in range(2, _MOST):
        factor = special.stdtrit(n - 1, 0.975) + special.stdtrit(n - 1, POWER)
        if factor * sd / math.sqrt(n) <= math.log1p(EXTRA):
            return before_s + n * each_s
    return None


def _result(ours: Side, runs: list[_Pair]) -> Resolution:
    logs = np.array([[_mean_log(pair.faster), _mean_log(pair.slower)] for pair in runs])
    pyperf = _side(
        logs[:, 1] - logs[:, 0],
        each_s=sum(pair.seconds for pair in runs) / len(runs),
        before_s=0.0,
    )
    neighbours = [
        (getattr(one, program), getattr(other, program))
        for one, other in itertools.pairwise(runs)
        for program in ("faster", "slower")
    ]
    alarms = sum(pyperf_differs(np.array([one]), np.array([other])) for one, other in neighbours)
    ratio = None
    if ours.resolved_s is not None and pyperf.resolved_s is not None:
        ratio = ours.resolved_s / pyperf.resolved_s
    return Resolution(
        truth=1 + EXTRA,
        gilscope=ours,
        pyperf=pyperf,
        ratio=ratio,
        pyperf_false_alarms=alarms,
        pyperf_neighbours=len(neighbours),
    )


def _mean_log(processes: tuple[tuple[float, ...], ...]) -> float:
    return math.log(float(np.mean([value for values in processes for value in values])))


def table(result: Resolution) -> str:
    """Return the figures for people."""
    lines = [f"A true difference of {EXTRA:.0%} between two programs under one build:"]
    for name, side, unit in (
        ("Gilscope", result.gilscope, "block"),
        ("pyperf", result.pyperf, "pair of runs"),
    ):
        until = (
            "not within reach"
            if side.resolved_s is None
            else f"resolved in about {duration(side.resolved_s)}"
        )
        lines.append(
            f"{name:<9} {until}: a {unit} takes {formatting.seconds_point(side.each_s)}, and of "
            f"{len(side.ratios)} the ratios vary by {side.sd:.1%}, "
            f"their mean is {math.exp(float(np.mean(np.log(side.ratios)))):.3f}"
        )
    if result.ratio is not None:
        lines.append(f"Gilscope needs {result.ratio:.3g} of pyperf's time.")
    lines.append(
        f"pyperf's own test called {result.pyperf_false_alarms} of {result.pyperf_neighbours} "
        "pairs of neighbouring runs of the same program different."
    )
    return "\n".join([*lines, ""])
