"""Every workload on every interpreter: one checksum, and private arms that really are private."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workloads.lookup import load_families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.interpreters import Provisioned
    from harness.model import Variant

pytestmark = pytest.mark.integration
HERE = Path(__file__).parent
ROUNDS = "12"
"""Rounds in each process that measures scaling."""
PROCESSES = 4
"""Processes in which a workload must scale, all thread counts together."""
ENOUGH = 0.8
"""Speed-up that a private arm must have, of that of as many processes."""
LOW = 0.75
"""A machine whose N processes have less than this times N says nothing about threads."""
SHARES_IN_LIBRARY = {"deepcopy_private"}
"""Private arms whose threads share objects of the standard library all the same: those of ``copy``
(a default argument, a function and the dispatch table) have counts that all copies write to."""


def script(
    variant: Variant, name: str, *arguments: str, cache: Path, cpus: Sequence[int] = ()
) -> str:
    """Run a script of this folder on an interpreter, as a worker is run."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        [variant.build.path, str(HERE / name), *arguments],
        env={
            **kept,
            "PYTHONPATH": str(HERE.parent.parent),
            "PYTHONPYCACHEPREFIX": str(cache / variant.build.digest),
            "GILSCOPE_PIN": ",".join(map(str, cpus)),
            **dict(variant.environment),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{variant.label}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def catalogue(
    matrix: Provisioned, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return label → workload → mode and count → checksum and notes, once for each build."""
    builds = {each.build.digest: each for each in reversed(matrix.variants)}.values()
    cache = tmp_path_factory.mktemp("bytecode")

    def run(variant: Variant) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(script(variant, "run_catalogue.py", cache=cache))
        return found

    with ThreadPoolExecutor(2) as pool:  # nothing is timed
        found = list(pool.map(run, builds))
    return {variant.label: one for variant, one in zip(builds, found, strict=True)}


def test_a_workload_has_one_checksum_everywhere(
    catalogue: dict[str, dict[str, dict[str, Any]]],
) -> None:
    seen: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for label, names in catalogue.items():
        for name, cells in names.items():
            for cell, facts in cells.items():
                seen[name][facts["checksum"]].append(f"{label} {cell}")

    assert set(seen) == set(load_families())
    assert {name: dict(sums) for name, sums in seen.items() if len(sums) > 1} == {}


def test_every_workload_ran_in_each_of_its_modes(
    matrix: Provisioned, catalogue: dict[str, dict[str, dict[str, Any]]]
) -> None:
    for variant in (each for each in matrix.variants if each.label in catalogue):
        for name, workload in load_families().items():
            ran = {cell.partition("=")[0] for cell in catalogue[variant.label][name]}
            missing = set(workload.modes) - ran
            # CPython 3.14 is the first that has them.
            assert missing <= {"interpreters"}, (variant.label, name)
            if variant.build.python_version.startswith("3.14"):
                assert not missing, (variant.label, name)


def test_counters_report_lost_updates(
    catalogue: dict[str, dict[str, dict[str, Any]]],
) -> None:
    for names in catalogue.values():
        for name in ("counter_shared", "counter_locked_shared"):
            assert all(cell["notes"] == ["lost_updates"] for cell in names[name].values())


def speedups(rounds: list[dict[str, Any]], count: int) -> tuple[float, float]:
    """Return the speed-up of N threads, each doing the whole work, and of N processes.

    Both are of the fastest rounds: other tenants of the machine only make a round slower, and
    threads that wait for each other, or for a CPU, are never faster than one after the other.
    """
    best = {key: min(one[key] for one in rounds) for key in rounds[0] if key != "name"}
    return (
        count * best["one_thread_s"] / best["threads_s"],
        count * best["one_process_s"] / best["processes_s"],
    )


def does_scale(threads: float, processes: float, count: int) -> bool:
    # More than N times as fast is noise of the machine.
    return processes >= LOW * count and threads >= ENOUGH * min(processes, count)


def judge_scaling(
    free: Variant, names: list[str], *, cache: Path, count: int, processes: int, attempts: int
) -> tuple[set[str], dict[str, tuple[float, float]]]:
    """Return which workloads scaled in enough processes, and a bad pair of speed-ups of others.

    What a process does well or badly by chance, such as its layout in memory, lasts as long as the
    process: several are asked.
    """
    cpus = sorted(os.sched_getaffinity(0))[:count]
    left = dict.fromkeys(names, processes)
    slow = {}
    for _ in range(attempts):
        rounds: dict[str, list[dict[str, Any]]] = defaultdict(list)
        arguments = ("measure_scaling.py", str(count), ROUNDS, *left)
        # Pinned, as in an experiment: else several threads may be woken on one CPU.
        for line in script(free, *arguments, cache=cache, cpus=cpus).splitlines():
            facts = json.loads(line)
            rounds[facts["name"]].append(facts)
        for name in tuple(left):
            pair = speedups(rounds[name], count)
            if does_scale(*pair, count):
                left[name] -= 1
            else:
                slow[name] = pair
        left = {name: wanted for name, wanted in left.items() if wanted}
        if not left:
            break
    return set(names) - set(left), {name: slow[name] for name in left}


def thread_counts() -> tuple[int, ...]:
    return (2, 4) if len(os.sched_getaffinity(0)) >= 4 else (2,)


def without_gil(matrix: Provisioned) -> Variant:
    (free,) = [
        one
        for one in matrix.variants
        if one.build.implementation == "cpython" and not one.is_gil_expected
    ]
    return free


@pytest.mark.alone
@pytest.mark.parametrize("count", thread_counts())
def test_without_the_gil_every_private_arm_scales(
    matrix: Provisioned, tmp_path: Path, count: int
) -> None:
    """Each is judged next to processes of the same moments, again while it is slow."""
    arms = {name for name, one in load_families().items() if one.arm == "private"}
    names = sorted(arms - SHARES_IN_LIBRARY)
    processes = PROCESSES // len(thread_counts())

    _, slow = judge_scaling(
        without_gil(matrix),
        names,
        cache=tmp_path,
        count=count,
        processes=processes,
        attempts=3 * processes,
    )

    judged = {name: pair for name, pair in slow.items() if pair[1] >= LOW * count}
    assert judged == {}, f"workload: (speed-up of {count} threads, of {count} processes)"
    if slow:
        pytest.skip(f"processes were hardly faster than one: no verdict on {', '.join(slow)}")


@pytest.mark.alone
def test_what_shares_a_lock_does_not_pass_for_scaling(matrix: Provisioned, tmp_path: Path) -> None:
    names = ["counter_locked_shared", "list_append_shared", "lock_shared"]

    scaling, _ = judge_scaling(
        without_gil(matrix), names, cache=tmp_path, count=2, processes=1, attempts=1
    )

    assert scaling == set()
