from __future__ import annotations

import pytest

from harness import interpreters
from harness.interpreters import Damage
from harness.model import Build, Outcome, Status
from harness.running.blame import saving
from tests.unit import fakes

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1,))


def outcome(label: str, **facts: object) -> Outcome:
    cell = next(cell for cell in PLAN.cells if cell.variant == label)
    good = fakes.outcome_of(cell, 1)
    changed: dict[str, object] = {"status": Status.FAILED, "reason": "exit status 1: boom"}
    values = {name: getattr(good, name) for name in good.__struct_fields__}
    return Outcome(**{**values, "exit_code": 1, **changed, **facts})


def test_a_damaged_interpreter_is_named_in_the_rows_of_its_failures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    files = tuple(f"lib/{name}.py" for name in "abcde")

    def damage_of(build: Build) -> Damage | None:
        looked.append(build.path)
        return Damage(key="cpython-x", files=files) if "3.14t" in build.path else None

    monkeypatch.setattr(interpreters, "damage_of", damage_of)
    said: list[str] = []
    saved: list[Outcome] = []
    save = saving(saved.extend, PLAN, say=said.append)
    good = fakes.outcome_of(PLAN.cells[0], 1)

    save([good, outcome("3.14"), outcome("3.14t"), outcome("3.14t"), outcome("3.14")])

    cause = (
        "its files in the cache were changed (lib/a.py, lib/b.py, lib/c.py and 2 more): remove it "
        "with `interpreters --remove cpython-x`, and the next run gets it again"
    )
    boom = "exit status 1: boom"
    assert [it.reason for it in saved] == ["", boom, f"{boom}; {cause}", f"{boom}; {cause}", boom]
    assert said == [f"3.14t: {cause}"]
    assert len(looked) == 2


@pytest.mark.parametrize(
    "facts", [{"status": Status.TIMED_OUT}, {"exit_code": 0}, {"exit_code": None}]
)
def test_only_a_worker_that_ended_with_an_error_is_a_reason_to_look(
    monkeypatch: pytest.MonkeyPatch, facts: dict[str, object]
) -> None:
    monkeypatch.setattr(interpreters, "damage_of", pytest.fail)
    saved: list[Outcome] = []

    saving(saved.extend, PLAN, say=pytest.fail)([outcome("3.14", **facts)])

    assert len(saved) == 1
