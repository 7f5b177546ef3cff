"""Results folders that were damaged or made by somebody else: one sentence, nothing worse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.commands.report import report
from harness.errors import StoreError
from harness.running.experiment import measure
from harness.running.progress import screen
from harness.storage import experiment_folder
from tests.unit import fakes
from tests.unit.fakes import FakeLauncher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a sound experiment of two variants and two blocks."""
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=2)
    manifest = fakes.manifest(plan)
    with screen(is_quiet=True) as shown:
        measure(
            manifest,
            results=tmp_path / "results",
            screen=shown,
            launcher=FakeLauncher(),
            around=fakes.AROUND,
        )
    return tmp_path / "results" / manifest.id


def refusal(folder: Path) -> str:
    with pytest.raises(StoreError) as caught:
        report(folder, folder.parent.parent / "reports", is_json=False)
    assert not (folder.parent.parent / "reports").exists()
    return str(caught.value)


def set_id(manifest: dict[str, Any], value: str) -> None:
    manifest["id"] = value


MANIFESTS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda m: set_id(m, "../../../escaped"), "the id is not the name of a folder"),
    (lambda m: set_id(m, "/tmp/escaped"), "the id is not the name of a folder"),  # noqa: S108
    (lambda m: set_id(m, ".."), "the id is not the name of a folder"),
    (lambda m: set_id(m, ""), "the id is not the name of a folder"),
    (lambda m: set_id(m, "a\0b"), "the id is not the name of a folder"),
    (lambda m: m.update(created="yesterday"), "not an ISO 8601 time"),
    (lambda m: m.update(label="x" * 100_000), "length"),
    (lambda m: m["plan"].update(baseline="nobody"), "the baseline is not a variant"),
    (lambda m: m["plan"]["variants"].pop(), "a cell names an unknown variant"),
    (lambda m: m["plan"]["variants"].clear(), "variants are missing"),
    (lambda m: m["plan"]["variants"].append(m["plan"]["variants"][0]), "share a label"),
    (
        lambda m: m["plan"]["variants"][0].update(environment=[["LD_PRELOAD", "/evil.so"]]),
        "a variant sets a forbidden variable",
    ),
    (lambda m: m["plan"]["workloads"].clear(), "unknown variant or workload"),
    (lambda m: m["plan"]["cells"].append(m["plan"]["cells"][0]), "cells are missing or repeated"),
    (lambda m: m["plan"]["cells"][0]["benchmark"].update(threads=0), "threads"),
    (lambda m: m["plan"]["cells"][0]["benchmark"].update(threads=10**9), "threads"),
    (lambda m: m["plan"]["order"].pop(), "not one row for each block"),
    (lambda m: m["plan"]["order"][0].append(999), "not every cell once"),
    (lambda m: m["plan"]["order"][0].reverse() or m["plan"]["order"][0].pop(), "every cell once"),
    (lambda m: m["plan"]["preset"].update(blocks=10**12), "blocks"),
    (lambda m: m["plan"].update(memory_blocks=4), "memory pass has too many blocks"),
    (lambda m: m["plan"].update(switch_interval_s=0), "> 0.0 - at `$.plan.switch_interval_s`"),
]


@pytest.mark.parametrize(("damage", "message"), MANIFESTS)
def test_a_manifest_that_does_not_hold_together_is_refused(
    folder: Path, damage: Callable[[dict[str, Any]], object], message: str
) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["crc32"]  # without one, only what it says counts
    damage(manifest)
    path.write_text(json.dumps(manifest))

    said = refusal(folder)

    assert "manifest.json is damaged" in said
    assert message in said


def run_of(outcome: dict[str, Any]) -> dict[str, Any]:
    run: dict[str, Any] = outcome["run"]["benchmarks"][0]["runs"][0]
    return run


def set_samples(outcome: dict[str, Any], text: str) -> None:
    outcome["run"]["metadata"]["gilscope_samples"] = text


def turn_gil(metadata: dict[str, Any]) -> None:
    metadata["gilscope_gil"] = {"on": "off", "off": "on"}[metadata["gilscope_gil"]]


OUTCOMES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda o: o.update(run=None), "not a pyperf result"),
    (lambda o: o.update(run=[]), "not a pyperf result"),
    (lambda o: run_of(o).update(values=[0.0, 1.0]), "not a pyperf result"),
    (lambda o: run_of(o).update(values=[-1.0, 1.0]), "not a pyperf result"),
    (lambda o: run_of(o).update(values=[1e308, 1.0]), "not a pyperf result"),
    (lambda o: run_of(o).update(values=[5e-324, 1.0]), "not a pyperf result"),
    (lambda o: run_of(o).update(values=[]), "not one sample for each"),
    (lambda o: set_samples(o, "{"), "not a pyperf result"),
    (lambda o: set_samples(o, "[]"), "not one sample for each"),
    (lambda o: set_samples(o, "[NaN]"), "not a pyperf result"),
    (lambda o: o["run"]["metadata"].update(loops=0), "not a pyperf result"),
    (lambda o: o["run"]["metadata"].update(gilscope_max_rss=-5), "not a pyperf result"),
    (lambda o: turn_gil(o["run"]["metadata"]), "its GIL was not in the state"),
    (lambda o: o["run"]["metadata"].update(gilscope_jit="on"), "its JIT was not in the state"),
    (lambda o: o.update(started="yesterday"), "not an ISO 8601 time"),
    (lambda o: o.update(duration_s=1e308), "duration_s"),
    (lambda o: o["job"].update(block=999), "not in the plan"),
    (lambda o: o["job"].update(is_memory=True), "not in the plan"),
    (lambda o: run_of(o)["values"].__setitem__(0, 9.0), "are not the 0.02 s of their sample"),
    (lambda o: o["run"]["metadata"].update(loops=2), "2 loops of"),
    (lambda o: o["turns"].pop(), "one turn for each value"),
    (lambda o: o["turns"][-1].__setitem__(0, 10**12), "turns"),
    (lambda o: o["turns"][1].__setitem__(0, 1), "one turn for each value"),
    (lambda o: o["turns"][0].__setitem__(0, 0), "turns"),
    (lambda o: o["turns"][0].__setitem__(4, [0]), "turns"),
    (lambda o: o["job"]["cell"].update(variant="stranger"), "not in the plan"),
    (lambda o: o["job"]["cell"]["benchmark"].update(threads=7), "not in the plan"),
]


@pytest.mark.parametrize(("damage", "message"), OUTCOMES)
def test_an_outcome_that_cannot_be_is_refused_by_its_line(
    folder: Path, damage: Callable[[dict[str, Any]], object], message: str
) -> None:
    path = folder / "journal.jsonl"
    lines = path.read_text().splitlines()
    outcome = json.loads(lines[-1])
    del outcome["crc32"]
    damage(outcome)
    path.write_text("\n".join([*lines[:-1], json.dumps(outcome), ""]))

    said = refusal(folder)

    assert f"journal.jsonl, line {len(lines)} is damaged" in said
    assert message in said


def test_a_sound_folder_is_taken(folder: Path) -> None:
    assert len(experiment_folder.load(folder).outcomes) == 3 * 6
