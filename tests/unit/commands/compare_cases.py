"""Experiments and files to compare, and how a user compares them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from harness.cli import app
from harness.running.experiment import measure
from harness.running.progress import screen
from tests.unit import fakes
from tests.unit.fakes import Asked, FakeLauncher, ended

if TYPE_CHECKING:
    from harness.execution.launcher import Finished
    from harness.model import Machine

LABELS = ("3.14", "3.14t")
OLD, NEW = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        app.main(["compare", *arguments])
    return int(stopped.value.code or 0)


def stored(  # noqa: PLR0913 - a test's own way to ask for what it needs
    identity: str,
    *,
    digest: str = "one",
    effect: float = 0.0,
    machine: Machine = fakes.TWO_CPUS,
    failing: bool = False,
    drift: float = 0.0,
    blocks: int = 6,
    fast: bool = False,
    **changes: Any,
) -> None:
    """Store an experiment in which 3.14t is slower by ``effect``."""
    rng = np.random.default_rng(sum(map(ord, identity)))

    def time_s(asked: Asked) -> float:
        change = effect if asked.label == "3.14t" else 0.0
        noise = rng.normal(drift, 0.005)
        return fakes.ideal_time_s(asked) * (1 + change) * math.exp(noise)

    def answer(asked: Asked, number: int) -> Finished | None:
        is_bad = failing and asked.label == "3.14t" and asked.threads == 2 and asked.loops
        return ended(exit_code=1, stderr_tail="boom") if is_bad and number % 2 else None

    plan = fakes.plan(LABELS, workloads=("factorize",), blocks=blocks)
    variants = tuple(
        msgspec.structs.replace(
            one, build=msgspec.structs.replace(one.build, digest=f"{digest}-{one.label}")
        )
        if one.label == "3.14t"
        else one
        for one in plan.variants
    )
    preset = msgspec.structs.replace(plan.preset, name="fast" if fast else "default")
    plan = msgspec.structs.replace(plan, variants=variants, preset=preset)
    manifest = msgspec.structs.replace(
        fakes.manifest(plan), id=identity, machine=machine, **changes
    )
    with screen(is_quiet=True) as quiet:
        launcher = FakeLauncher(time_s=time_s, answer=answer)
        measure(
            manifest,
            results=Path("results"),
            screen=quiet,
            launcher=launcher,
            around=fakes.AROUND,
        )


def page() -> str:
    """Return the only page of a comparison."""
    (path,) = Path("reports").glob("compare-*/index.html")
    return path.read_text(encoding="utf-8")


def pyperf_file(name: str, values: dict[str, float], **metadata: object) -> str:
    rng = np.random.default_rng(sum(map(ord, name)))
    benchmarks = [
        {
            "runs": [{"values": [time_s * float(np.exp(rng.normal(0, 0.01)))]} for _ in range(10)],
            "metadata": {"name": bench},
        }
        for bench, time_s in values.items()
    ]
    Path(name).write_text(
        json.dumps({"version": "1.0", "benchmarks": benchmarks, "metadata": metadata})
    )
    return name


def exported(label: str, *, experiment: str = OLD, changes: dict[int, float] | None = None) -> str:
    """Write a file as ``export`` does, its blocks far apart; ``changes`` by block."""
    changes = changes or {}
    name = f"{label}.json"
    runs = [
        {
            "values": [0.1 * 2**block * (1 + changes.get(block, 0.0))],
            "metadata": {"gilscope_block": block},
        }
        for block in (3, 1, 2, 4, 5)
    ]
    metadata = {
        "gilscope_experiment": experiment,
        "gilscope_variant": label,
        "gilscope_gil": "on" if label.endswith("gil") else "off",
        "gilscope_free_threaded_build": "yes",
    }
    bench = {"runs": runs, "metadata": {"name": "factorize/threads=2"}}
    Path(name).write_text(
        json.dumps({"version": "1.0", "benchmarks": [bench], "metadata": metadata})
    )
    return name
