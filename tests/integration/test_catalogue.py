"""Every workload on every interpreter: one checksum, and private arms that really are private."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import pytest

from workloads.lookup import load_families

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters import Provisioned
    from harness.model import Variant

pytestmark = pytest.mark.integration
HERE = Path(__file__).parent
ROUNDS = "30"
TRIES = 4
ENOUGH = 1.6
"""Speed-up at two threads that a private arm must have, where two processes would have 2."""
LOW = 1.5
"""A machine that gives two processes less than this says nothing about threads."""


def script(variant: Variant, name: str, *arguments: str, cache: Path) -> str:
    """Run a script of this folder on an interpreter, as a worker is run."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        [variant.build.path, str(HERE / name), *arguments],
        env={
            **kept,
            "PYTHONPATH": str(HERE.parent.parent),
            "PYTHONPYCACHEPREFIX": str(cache / variant.build.digest),
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


def upper_quartile(values: Iterable[float]) -> float:
    """Return what the quieter quarter of the rounds reached; other tenants make the rest less."""
    return quantiles(values, n=4)[2]


def speedups(rounds: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the speed-up of two threads, each doing the whole work, and of two processes.

    Both are of measurements some milliseconds apart, round by round.
    """
    threads = upper_quartile(2 * one["one_s"] / one["two_s"] for one in rounds)
    processes = upper_quartile(one["one_process_s"] / one["two_processes_s"] for one in rounds)
    return threads, processes


def does_scale(rounds: list[dict[str, Any]]) -> bool:
    threads, processes = speedups(rounds)
    return processes >= LOW and threads >= ENOUGH * processes / 2


def judge_scaling(
    free: Variant, names: list[str], *, cache: Path, tries: int
) -> tuple[set[str], dict[str, tuple[float, float]]]:
    """Return which of the workloads scaled in any try, and the last speed-ups of the others."""
    left, slow = names, {}
    for _ in range(tries):
        rounds: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in script(free, "measure_scaling.py", ROUNDS, *left, cache=cache).splitlines():
            facts = json.loads(line)
            rounds[facts["name"]].append(facts)
        slow = {name: speedups(rounds[name]) for name in left if not does_scale(rounds[name])}
        left = list(slow)
        if not left:
            break
    return set(names) - set(left), slow


def without_gil(matrix: Provisioned) -> Variant:
    (free,) = [
        one
        for one in matrix.variants
        if one.build.implementation == "cpython" and not one.is_gil_expected
    ]
    return free


@pytest.mark.alone
def test_without_the_gil_every_private_arm_scales(matrix: Provisioned, tmp_path: Path) -> None:
    """Each is judged beside two processes of the same moments, again while they are slow."""
    names = [name for name, one in load_families().items() if one.arm == "private"]

    _, slow = judge_scaling(without_gil(matrix), names, cache=tmp_path, tries=TRIES)

    judged = {name: pair for name, pair in slow.items() if pair[1] >= LOW}
    assert judged == {}, "workload: (speed-up of two threads, of two processes)"
    if slow:
        pytest.skip(f"two processes were no faster than one: no verdict on {', '.join(slow)}")


@pytest.mark.alone
def test_what_shares_a_lock_does_not_pass_for_scaling(matrix: Provisioned, tmp_path: Path) -> None:
    names = ["counter_locked_shared", "list_append_shared", "lock_shared"]

    scaling, _ = judge_scaling(without_gil(matrix), names, cache=tmp_path, tries=1)

    assert scaling == set()
