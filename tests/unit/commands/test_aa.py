"""One interpreter under two labels: what is planned, what is kept, and who reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness import interpreters
from harness.commands import aa, bench, dry_run
from harness.commands.report import report
from harness.errors import ConfigError, StoreError
from harness.interpreters.finding.provision import Provisioned
from harness.machine import audit
from harness.model import Machine, Manifest, Noise
from harness.planning.bench_options import BenchOptions
from harness.running.experiment import measure
from harness.running.live_page import Pages
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.storage.aa_record import NOISE, newest_noise, write_noise
from harness.storage.same_machine import state_same_machine
from tests.unit import fakes
from tests.unit.fakes import FakeLauncher

if TYPE_CHECKING:
    from pathlib import Path

    from harness.commands.made import Made


@pytest.fixture(autouse=True)
def _fake_interpreters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    found = Provisioned(
        candidates=tuple(fakes.variant(label) for label in ("3.14", "3.14t", "3.14t+gil")),
        unavailable=(),
    )
    monkeypatch.setattr(interpreters, "provision", lambda *_, **__: found)


def planned(options: BenchOptions = BenchOptions()) -> dict[str, Any]:  # noqa: B008 - frozen
    return json.loads(aa.describe_plan(options, is_json=True))["plan"]  # type: ignore[no-any-return]


def test_the_free_threaded_interpreter_is_measured_against_itself() -> None:
    plan = planned()

    assert [one["label"] for one in plan["variants"]] == ["a", "b"]
    assert {one["build"]["digest"] for one in plan["variants"]} == {"digest-3.14t"}
    assert plan["baseline"] == "a"
    assert {one["kind"] for one in plan["workloads"]} == {"cpu"}
    per_label = [
        [cell["benchmark"] for cell in plan["cells"] if cell["variant"] == label]
        for label in ("a", "b")
    ]
    assert per_label[0] == per_label[1]


def test_two_interpreters_are_one_too_many() -> None:
    with pytest.raises(ConfigError, match="give --interpreter once"):
        planned(BenchOptions(interpreter=("3.14", "3.14t")))


def made(
    results: Path,
    *,
    is_aa: bool = True,
    machine: Machine | None = None,
    preset: str = "default",
    seed: int = 1,
) -> Manifest:
    """Return the manifest of a small experiment that was measured by a fake."""
    plan = fakes.plan(("3.14", "pypy"), workloads=("factorize",), blocks=5, seed=seed)
    twin = msgspec.structs.replace(plan.variants[0], label="pypy")
    plan = msgspec.structs.replace(
        plan,
        variants=(plan.variants[0], twin),
        preset=msgspec.structs.replace(plan.preset, name=preset),
    )
    manifest = msgspec.structs.replace(
        fakes.manifest(plan), is_aa=is_aa, machine=machine or fakes.TWO_CPUS
    )
    with screen(is_quiet=True) as shown:
        measure(
            manifest, results=results, screen=shown, launcher=FakeLauncher(), around=fakes.AROUND
        )
    return manifest


def reported(results: Path, manifest: Manifest) -> Made:
    folder = results / manifest.id
    return report(folder, results / "reports", is_json=False, is_new=True)


def test_what_was_found_is_kept_and_read_again(tmp_path: Path) -> None:
    manifest = made(tmp_path)

    reported(tmp_path, manifest)

    found = newest_noise(tmp_path, fakes.TWO_CPUS)
    assert found is not None
    assert found.experiment == manifest.id
    assert found.comparisons == 3
    assert found.floor == 0


def test_the_report_says_what_was_found(tmp_path: Path) -> None:
    manifest = made(tmp_path)

    made_report = reported(tmp_path, manifest)

    assert "0 of 3 comparisons of one interpreter with itself called different" in made_report.text
    assert "Noise floor: all of 3 ratios are within 0 % of 1." in made_report.text
    assert "One interpreter against itself" in made_report.page.read_text()


def test_a_page_made_again_writes_nothing_beside_the_journal(tmp_path: Path) -> None:
    """A folder may come from anywhere: its links must lead nobody to write elsewhere."""
    manifest = made(tmp_path)
    precious = tmp_path / "precious"
    precious.write_text("kept")
    for name in (NOISE, "aa.tmp"):
        (tmp_path / manifest.id / name).symlink_to(precious)

    report(tmp_path / manifest.id, tmp_path / "reports", is_json=False)
    assert (tmp_path / manifest.id / NOISE).is_symlink()
    reported(tmp_path, manifest)

    assert precious.read_text() == "kept"
    assert newest_noise(tmp_path, fakes.TWO_CPUS) is not None


def test_a_container_is_known_by_what_it_runs_on(tmp_path: Path) -> None:
    first, second = (
        msgspec.structs.replace(fakes.TWO_CPUS, host=host)
        for host in ("0123456789ab", "ba9876543210")
    )
    reported(tmp_path, made(tmp_path, machine=first))

    assert newest_noise(tmp_path, second) is not None
    assert newest_noise(tmp_path, fakes.TWO_CPUS) is None


def test_a_precision_needs_something_to_be_precise_about() -> None:
    options = BenchOptions(workload=("blocking_io",), precision=0.02)
    with pytest.raises(ConfigError, match="cannot be checked here"):
        dry_run.describe_plan(options, is_json=True)


def test_other_experiments_leave_no_record(tmp_path: Path) -> None:
    manifest = made(tmp_path, is_aa=False)
    reported(tmp_path, manifest)
    assert newest_noise(tmp_path, fakes.TWO_CPUS) is None


def test_a_quick_look_stores_no_floor_and_says_why(tmp_path: Path) -> None:
    manifest = made(tmp_path, preset="fast")

    text = reported(tmp_path, manifest).text

    assert "Not stored as this machine's noise floor: it was made with --fast." in text
    assert not (tmp_path / manifest.id / NOISE).exists()


@pytest.mark.parametrize("unfit", [{"blocks": 3}, {"blocks": 0}, {"grade": "D"}])
def test_a_record_that_rests_on_too_little_is_passed_over(
    tmp_path: Path, unfit: dict[str, Any]
) -> None:
    manifest = made(tmp_path)
    reported(tmp_path, manifest)
    kept = newest_noise(tmp_path, fakes.TWO_CPUS)
    assert kept is not None

    write_noise(tmp_path / manifest.id, msgspec.structs.replace(kept, **unfit))

    assert newest_noise(tmp_path, fakes.TWO_CPUS) is None


def test_a_floor_can_be_dropped(tmp_path: Path) -> None:
    machine = audit()
    kept, elsewhere = made(tmp_path / "a", machine=machine), made(tmp_path / "a", seed=2)
    for manifest in (kept, elsewhere):
        reported(tmp_path / "a", manifest)

    text = aa.forget(tmp_path / "a", is_json=False)

    assert "Dropped the noise floor of 1 A/A experiment" in text
    assert kept.id in text
    assert newest_noise(tmp_path / "a", machine) is None
    assert newest_noise(tmp_path / "a", fakes.TWO_CPUS) is not None
    assert "No noise floor of this machine" in aa.forget(tmp_path / "a", is_json=False)
    assert json.loads(aa.forget(tmp_path / "a", is_json=True))["forgotten"] == []


def test_a_renamed_machine_keeps_its_floor(tmp_path: Path) -> None:
    reported(tmp_path, made(tmp_path))
    renamed = msgspec.structs.replace(fakes.TWO_CPUS, host="guest")
    assert newest_noise(tmp_path, renamed) is None

    state_same_machine(tmp_path, (fakes.TWO_CPUS.host, "guest"))

    assert newest_noise(tmp_path, renamed) is not None


def test_another_machines_noise_is_not_ours(tmp_path: Path) -> None:
    manifest = made(tmp_path)
    reported(tmp_path, manifest)
    other = msgspec.structs.replace(fakes.TWO_CPUS, host="elsewhere")
    assert newest_noise(tmp_path, other) is None


@pytest.mark.parametrize(
    "damaged",
    [
        b"", b"{", b"[]", b'{"floor": 1}', b"\xff",
        b'{"experiment":"ID","created":"x","floor":-1,"comparisons":3,"different":0}',
        b'{"experiment":"ID","created":"x","floor":1e999,"comparisons":3,"different":0}',
        b'{"experiment":"other","created":"x","floor":0.1,"comparisons":3,"different":0}',
    ],
)  # fmt: skip
def test_a_damaged_record_is_no_record(tmp_path: Path, damaged: bytes) -> None:
    manifest = made(tmp_path)
    (tmp_path / manifest.id / NOISE).write_bytes(damaged.replace(b"ID", manifest.id.encode()))
    assert newest_noise(tmp_path, fakes.TWO_CPUS) is None


def test_a_record_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    noise = Noise(experiment="x", created="y", floor=0.1, comparisons=1, different=0)
    with pytest.raises(StoreError, match=r"aa\.json cannot be written: No such file"):
        write_noise(tmp_path / "missing", noise)


def test_a_new_experiment_takes_the_machines_noise_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = made(tmp_path, machine=audit())
    reported(tmp_path, earlier)
    asked: list[Manifest] = []

    def stands_in(manifest: Manifest, **_: Any) -> bool:
        asked.append(manifest)
        return True

    monkeypatch.setattr(bench, "measure", stands_in)
    pages = Pages(reports=tmp_path / "reports", is_opened=False)
    bench.new_experiment(BenchOptions(workload=("factorize",)), tmp_path, pages)
    aa.new_experiment(BenchOptions(), tmp_path, pages)

    assert [one.is_aa for one in asked] == [False, True]
    assert asked[0].noise is not None
    assert asked[0].noise.experiment == earlier.id
    assert asked[1].noise is None


def test_a_time_budget_is_part_of_the_plan_and_of_its_duration(tmp_path: Path) -> None:
    whole = json.loads(dry_run.describe_plan(BenchOptions(seed=1), is_json=True))
    short = json.loads(dry_run.describe_plan(BenchOptions(seed=1, time_budget_s=120), is_json=True))

    assert short["plan"]["time_budget_s"] == 120
    assert short["expected_s"] <= 120 < whole["expected_s"]
    assert experiment_folder.newest_first(tmp_path) == ()
