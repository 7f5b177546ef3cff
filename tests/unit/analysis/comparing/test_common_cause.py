"""What is pointed out before a comparison is believed."""

from __future__ import annotations

import dataclasses
import math

import msgspec
import pytest

from harness.analysis.comparing.common_cause import cautions
from harness.analysis.comparing.compare import compare
from harness.analysis.comparing.comparison import Choice
from harness.analysis.comparing.sides import ComparisonInput, Key, input_of_experiment
from harness.model import Turn
from tests.unit import fakes
from tests.unit.analysis.sides import PLACE, experiment, file, sample


def side(digest: str = "1", *, moved: float = 0.0, **changes: object) -> ComparisonInput:
    """Return an experiment of three computing cells and one that waits."""
    logs = [0.0, 0.01, 0.02]
    cells = {
        Key("x", f"b{index}"): sample([log + moved for log in logs], family=f"b{index}")
        for index in range(3)
    }
    cells[Key("x", "wait")] = sample(logs, family="wait", is_wait=True)
    return experiment(cells, {"x": digest}, **changes)


def said(old: ComparisonInput, new: ComparisonInput) -> tuple[str, ...]:
    return cautions(old, new, compare(old, new, Choice(threshold=0.02), {}).compared)


def test_of_two_builds_that_differ_in_part_there_is_nothing_to_say() -> None:
    assert said(side(), side("2")) == ()


def test_one_build_on_both_sides_is_pointed_out() -> None:
    (caution,) = said(side(), side())

    assert caution.startswith("Both sides are the same interpreter")


def test_an_experiment_brings_its_canaries() -> None:
    plan = fakes.plan(("3.14",), blocks=1)
    in_turns, alone = (fakes.outcome_of(cell, 1) for cell in plan.cells[:2])
    turn = Turn(round=1, position=0, at_s=0.0, held_s=0.1, before=(100, 300), after=(200,))
    outcomes = (
        msgspec.structs.replace(in_turns, turns=(turn,)),
        msgspec.structs.replace(alone, canary_s=0.5),
    )

    assert input_of_experiment(fakes.manifest(plan), outcomes).canary_s == pytest.approx(2e-4)
    assert input_of_experiment(fakes.manifest(plan), outcomes[1:]).canary_s == pytest.approx(0.5)


@pytest.mark.parametrize(("factor", "how"), [(2.0, "slower"), (0.5, "faster")])
def test_canaries_that_moved_are_pointed_out(factor: float, how: str) -> None:
    old, new = side(canary_s=0.003), side("2", canary_s=0.003 * factor)

    (caution,) = said(old, new)

    assert caution.startswith(f"The machine itself was 2.00× {how}")
    settings = (("workload code", "other"),)
    assert said(old, dataclasses.replace(new, settings=settings)) == ()
    assert said(old, dataclasses.replace(new, canary_s=0.0031)) == ()
    assert said(old, dataclasses.replace(new, canary_s=None)) == ()


@pytest.mark.parametrize("factor", [0.2, 0.9, 1.1, 6.0])
def test_what_computes_and_all_moved_alike_is_doubted(factor: float) -> None:
    (caution,) = said(side(), side("2", moved=math.log(factor)))

    assert f"All 3 cells are {'slower' if factor > 1 else 'faster'} in new" in caution


def test_two_cells_may_well_move_together() -> None:
    old, new = (file({name: sample(logs) for name in "ab"}) for logs in ([0.0, 0.1], [1.0, 1.1]))

    assert said(old, new) == ()


def test_made_up_host_names_alone_do_not_tell_the_machine() -> None:
    one, other = (dataclasses.replace(PLACE, host=host) for host in ("fv-az1-2", "runner-x2x4"))

    assert said(side(place=one), side("2", place=other)) == ()
    bare = [dataclasses.replace(place, cpu_model="") for place in (one, other)]
    (caution,) = said(side(place=bare[0]), side("2", place=bare[1]))
    assert "whether both were measured on the same machine is not known" in caution
