"""Which builds are split against each other, and what else they differ in."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from harness.analysis.experiment.splits import splits
from harness.analysis.experiment.times import Times
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Split
    from harness.model import Variant


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """A variant to be: a build's name, what is changed in it, and its environment."""

    name: str
    changes: tuple[tuple[str, object], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


def variant(label: str, run: Run) -> Variant:
    usual = fakes.variant(run.name)
    return msgspec.structs.replace(
        usual,
        label=label,
        build=fakes.build(run.name, **dict(run.changes)),
        environment=run.environment,
        is_gil_expected=usual.is_gil_expected or ("PYTHON_GIL", "1") in run.environment,
    )


def split_of(runs: dict[str, Run]) -> Split:
    """Return the split of ``3.14t`` at two threads, every time the same."""
    usual = fakes.plan(("3.14",), workloads=("factorize",), threads=(2,), blocks=3)
    (threaded,) = (cell for cell in usual.cells if cell.benchmark.name == "factorize/threads=2")
    cells = tuple(msgspec.structs.replace(threaded, variant=label) for label in runs)
    variants = tuple(variant(label, run) for label, run in runs.items())
    plan = msgspec.structs.replace(usual, variants=variants, cells=cells)
    logs = {cell.name: np.zeros((3, 1)) for cell in cells}
    times = Times(blocks=(1, 2, 3), logs=logs, calm={})
    (split,) = splits(plan, times, threshold=0.02)
    return split


JIT = (("jit", "off"),)
GIL = (("PYTHON_GIL", "1"),)
ONE_BLOCK = (("PYTHON_TLBC", "0"),)


def test_the_partner_is_the_fairest_and_run_as_it_comes() -> None:
    split = split_of(
        {
            "3.14+jit": Run(name="3.14", changes=JIT, environment=(("PYTHON_JIT", "1"),)),
            "3.14 with jit": Run(name="3.14", changes=JIT),
            "3.14t": Run(name="3.14t"),
        }
    )

    assert split.gil == "3.14 with jit"
    assert split.differences == ("JIT built in: yes / no",)


def test_a_tax_needs_the_same_binary_run_in_the_same_way() -> None:
    usual = {"3.14": Run(name="3.14"), "3.14t": Run(name="3.14t")}
    alike = split_of({**usual, "3.14t+gil": Run(name="3.14t", environment=GIL)})
    other = split_of({**usual, "3.14t+gil": Run(name="3.14t", environment=GIL + ONE_BLOCK)})

    assert alike.free_threaded_gil == "3.14t+gil"
    assert alike.tax is not None
    assert (other.free_threaded_gil, other.tax, other.removal) == (None, None, None)
    assert other.net is not None
