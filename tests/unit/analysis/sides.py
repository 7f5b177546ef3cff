"""Sides with a known truth, for the tests of comparing."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from harness.analysis.comparing.sides import WHOLE_FILE, CellSample, ComparisonInput, Key, Place
from harness.analysis.experiment.times import Times
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from harness.model import Variant

PLACE = Place(host="box", cpu_model="CPU", system="Linux", architecture="x86_64", cpus=2)


def sample(logs: NDArray[np.float64] | list[float], **changes: object) -> CellSample:
    """Return a sample of these logarithms, of the work called ``factorize``."""
    facts: dict[str, object] = {
        "logs": np.array(logs, dtype=float),
        "blocks": tuple(range(1, len(logs) + 1)),
        "unit": "second",
        "loop": "1 units, strong scaling",
        "code": "abc",
        "family": "factorize",
        "kind": "cpu",
    }
    return CellSample(**{**facts, **changes})  # type: ignore[arg-type]


def variant(label: str, digest: str) -> Variant:
    """Return a variant whose build has this digest."""
    one = fakes.variant(label)
    return msgspec.structs.replace(one, build=msgspec.structs.replace(one.build, digest=digest))


def experiment(
    samples: Mapping[Key, CellSample], digests: Mapping[str, str], **changes: object
) -> ComparisonInput:
    """Return an experiment: a build of the given digest for each label, the first the baseline."""
    labels = list(digests)
    facts: dict[str, object] = {
        "name": "one",
        "label": "",
        "created": "2026-01-01T00:00:00+00:00",
        "place": PLACE,
        "samples": samples,
        "lost": (),
        "variants": tuple(variant(label, digest) for label, digest in digests.items()),
        "baseline": labels[0],
        "settings": (("switch interval", "the interpreter's own"), ("workload code", "abc")),
        "executable": "",
        "private": (),
        "times": times_of(samples),
    }
    return ComparisonInput(**{**facts, **changes})  # type: ignore[arg-type]


def times_of(samples: Mapping[Key, CellSample]) -> Times:
    """Return the same numbers as times without rounds."""
    blocks = tuple(sorted({block for one in samples.values() for block in one.blocks}))
    logs = {}
    for key, one in samples.items():
        of_block = dict(zip(one.blocks, one.logs.tolist(), strict=True))
        column = [[of_block.get(block, math.nan)] for block in blocks]
        logs[f"{key.variant} {key.benchmark}"] = np.array(column)
    return Times(blocks=blocks, logs=logs, calm={})


def file(samples: Mapping[str, CellSample], **changes: object) -> ComparisonInput:
    """Return a pyperf file with these benchmarks."""
    keyed = {
        Key("", name): dataclasses.replace(one, family=WHOLE_FILE, kind="not known", loop="")
        for name, one in samples.items()
    }
    side = experiment(keyed, {"x": "y"}, variants=(), baseline="", settings=(), times=None)
    return dataclasses.replace(side, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True, kw_only=True)
class World:
    """What simulated experiments are drawn from, natural logarithms throughout."""

    rng: np.random.Generator
    run_sd: float = 0.03
    """From run to run."""
    block_sd: float = 0.03
    """From block to block, the same for all cells of a block."""
    process_sd: float = 0.01
    blocks: int = 10

    def experiment(
        self, name: str, effect: float = 0.0, *, digest: str = "old", labels: int = 2
    ) -> ComparisonInput:
        """Return an experiment of ``base`` and of cells that are slower by ``effect``."""
        run = self.rng.normal(0, self.run_sd)
        blocks = self.rng.normal(0, self.block_sd, self.blocks) + run
        cells = {}
        for benchmark in ("factorize/threads=1", "factorize/threads=2"):
            for index in range(labels):
                noise = self.rng.normal(0, self.process_sd, self.blocks)
                label = "base" if index == 0 else f"b{index}"
                change = math.log1p(effect) if index else 0.0
                cells[Key(label, benchmark)] = sample(blocks + noise + change)
        digests = {
            "base": "same",
            **{f"b{index}": f"{digest}{index}" for index in range(1, labels)},
        }
        return experiment(cells, digests, name=name)

    def file(self, effect: float = 0.0) -> ComparisonInput:
        """Return a pyperf file of one benchmark."""
        run = self.rng.normal(0, self.run_sd) + math.log1p(effect)
        noise = self.rng.normal(0, math.hypot(self.process_sd, self.block_sd), self.blocks)
        return file({"sort": sample(run + noise)})
