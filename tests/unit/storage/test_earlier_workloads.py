"""Manifests of schema 1: what they lack of the built-in workloads is filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.planning import builtin_workloads
from harness.storage import experiment_folder
from tests.unit import fakes
from tests.unit.stored import text_of

if TYPE_CHECKING:
    from pathlib import Path

NEW = ("answering_threads", "deadline_s", "max_speedup", "notes", "rank")
NAMES = ("factorize", "lesson", "blocking_io", "remote_control")


def written(results: Path, *, source: str = "") -> Path:
    """Write an experiment as versions with schema 1 did."""
    manifest = fakes.manifest(fakes.plan(("3.14",), workloads=NAMES, threads=(1, 2)))
    with experiment_folder.create(results, manifest) as writer:
        path = writer.folder / "manifest.json"
    content = json.loads(text_of(path))
    content["schema_version"] = 1
    for workload in content["plan"]["workloads"]:
        workload.update(source=source, tags=["core"])
        for name in NEW:
            del workload[name]
    path.write_text(json.dumps(content))
    return path.parent


@pytest.mark.parametrize("name", NAMES)
def test_an_earlier_manifest_says_what_a_new_one_does(tmp_path: Path, name: str) -> None:
    (today,) = builtin_workloads.select((name,))
    manifest = experiment_folder.read_manifest(written(tmp_path))
    earlier = manifest.plan.workload(name)

    assert manifest.schema_version == 2
    for fact in ("answering_threads", "deadline_s", "max_speedup", "rank", "tags"):
        assert getattr(earlier, fact) == getattr(today, fact), fact
    assert earlier.meaning("response_s") == today.meaning("response_s")


def test_a_workload_of_the_user_s_is_not_taken_for_a_built_in_one(tmp_path: Path) -> None:
    plan = experiment_folder.read_manifest(written(tmp_path, source="mine.py")).plan

    assert {workload.rank for workload in plan.workloads} == {10}
    assert plan.workload("remote_control").deadline_s is None
