"""Settings of workers: one field each, shown and stored from it."""

from __future__ import annotations

import msgspec

from harness.model import Plan, WorkerSettings, settings_of
from tests.unit import fakes

SHORT = WorkerSettings(switch_interval_s=0.0005)


def test_every_setting_has_a_title() -> None:
    titles = [setting.title for setting in settings_of(SHORT)]

    assert len(titles) == len(WorkerSettings.__struct_fields__)
    assert all(titles)


def test_a_setting_is_shown_with_its_unit_or_as_the_interpreters_own() -> None:
    assert [str(setting) for setting in settings_of(SHORT)] == ["0.0005 s"]
    assert [str(setting) for setting in settings_of(WorkerSettings())] == ["the interpreter's own"]


def test_a_plan_stores_them_as_fields_of_its_own() -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), switch_interval_s=0.0005)
    stored = msgspec.to_builtins(plan)

    assert stored["switch_interval_s"] == 0.0005
    assert msgspec.convert(stored, Plan).worker == SHORT


def test_a_plan_from_before_a_setting_leaves_it_to_the_interpreter() -> None:
    stored = msgspec.to_builtins(fakes.plan(("3.14",), workloads=("factorize",)))
    del stored["switch_interval_s"]

    assert msgspec.convert(stored, Plan).worker == WorkerSettings()
