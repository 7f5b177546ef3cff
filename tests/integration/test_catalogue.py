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

from workloads.registry import load_families

if TYPE_CHECKING:
    from harness.interpreters import Provisioned
    from harness.model import Variant

pytestmark = pytest.mark.integration
HERE = Path(__file__).parent
ROUNDS = 30
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
    """Return label → workload → mode and count → checksum and notes."""
    cache = tmp_path_factory.mktemp("bytecode")

    def run(variant: Variant) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(script(variant, "run_catalogue.py", cache=cache))
        return found

    with ThreadPoolExecutor(2) as pool:  # nothing is timed
        found = list(pool.map(run, matrix.variants))
    return {variant.label: one for variant, one in zip(matrix.variants, found, strict=True)}


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
    for variant in matrix.variants:
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


def fastest(rounds: list[dict[str, Any]]) -> tuple[float, float]:
    """Return speed-up and ceiling of the fastest of each kind: what the machine could do."""
    best = {key: min(one[key] for one in rounds) for key in rounds[0] if key.endswith("_s")}
    return 2 * best["one_s"] / best["two_s"], best["one_process_s"] / best["two_processes_s"]


def test_without_the_gil_every_private_arm_scales(matrix: Provisioned, tmp_path: Path) -> None:
    """Each is judged beside two processes of the same moments, again while they are slow."""
    (free,) = [
        one
        for one in matrix.variants
        if one.build.implementation == "cpython" and not one.is_gil_expected
    ]
    rounds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    left = [name for name, one in load_families().items() if one.arm == "private"]
    for _ in range(TRIES):
        out = script(free, "measure_scaling.py", str(ROUNDS), *left, cache=tmp_path)
        for line in out.splitlines():
            facts = json.loads(line)
            rounds[facts["name"]].append(facts)
        left = [name for name in left if not _scales(rounds[name])]
        if not left:
            return
    slow = {name: fastest(rounds[name]) for name in left}
    judged = {name: pair for name, pair in slow.items() if pair[1] >= LOW}
    assert judged == {}, "workload: (speed-up, speed-up of two processes)"
    pytest.skip(f"two processes were no faster than one: no verdict on {', '.join(slow)}")


def _scales(rounds: list[dict[str, Any]]) -> bool:
    speedup, ceiling = fastest(rounds)
    return ceiling >= LOW and speedup >= ENOUGH * ceiling / 2
