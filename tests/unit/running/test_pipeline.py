"""Plan → store → analysis → page, in a second, with the fake launcher at the one seam."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness import interpreters
from harness.analysis.analyse import analyse
from harness.commands.report import NoResultError, report
from harness.errors import NothingToDoError, StoreError, WorkerError
from harness.model import Mode, Status
from harness.running.experiment import measure, resume
from harness.running.progress import Screen, screen
from harness.storage import experiment_folder, worker_result
from tests.unit import fakes
from tests.unit.fakes import Asked, FakeLauncher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.execution.launcher import Finished


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def shown() -> Iterator[Screen]:
    with screen(is_quiet=True) as quiet:
        yield quiet


@pytest.mark.parametrize("precision", [None, 0.5])
def test_each_run_is_decoded_once_while_it_is_measured(
    tmp_path: Path, shown: Screen, monkeypatch: pytest.MonkeyPatch, precision: float | None
) -> None:
    decoded: list[bytes] = []
    decoder = worker_result._suite_decoder

    class Counting:
        def decode(self, raw: bytes) -> object:
            decoded.append(raw)
            return decoder.decode(raw)

    monkeypatch.setattr(worker_result, "_suite_decoder", Counting())
    plan = fakes.plan(("3.14", "3.14t", "pypy"), workloads=("factorize",), blocks=3)
    launcher = FakeLauncher()
    measure(
        fakes.manifest(msgspec.structs.replace(plan, precision=precision)),
        results=tmp_path,
        screen=shown,
        launcher=launcher,
        around=fakes.AROUND,
        after_block=lambda pause: None,  # noqa: ARG005
    )

    assert len(decoded) == len(launcher.launches) > 3


def cell(analysis: Analysis, label: str, name: str) -> CellResult:
    return next(one for one in analysis.cells if (one.variant, one.benchmark.name) == (label, name))


def test_a_plan_becomes_estimates_that_know_the_truth(tmp_path: Path, shown: Screen) -> None:
    manifest = fakes.manifest(fakes.plan(blocks=6))
    assert measure(
        manifest, results=tmp_path, screen=shown, launcher=FakeLauncher(), around=fakes.AROUND
    )

    experiment = experiment_folder.load(tmp_path / manifest.id)
    analysis = analyse(experiment.manifest, experiment.outcomes)

    free = cell(analysis, "3.14t", "factorize/threads=2")
    assert free.speedup is not None
    assert free.speedup.point == pytest.approx(2)
    assert free.efficiency is not None
    assert free.efficiency.point == pytest.approx(1)
    assert free.ratio is not None
    assert free.ratio.point == pytest.approx(0.5)
    assert free.time_s.n == 6
    gil = cell(analysis, "3.14", "factorize/threads=4").speedup
    assert gil is not None
    assert gil.point == pytest.approx(1)
    waiting = cell(analysis, "pypy", "blocking_io/threads=4").speedup
    assert waiting is not None
    assert waiting.point == pytest.approx(4)
    ceiling = cell(analysis, "3.14", "factorize/processes=2").speedup
    assert ceiling is not None
    assert ceiling.point == pytest.approx(2)
    lesson = cell(analysis, "3.14t", "lesson/threads=4").speedup
    assert lesson is not None
    assert lesson.point == pytest.approx(2)


def test_the_split_is_made_of_the_same_version_and_multiplies_up(
    tmp_path: Path, shown: Screen
) -> None:
    costs = {"3.14": 1.0, "3.14t+gil": 1.1, "3.14t": 1.2}

    def time_s(asked: Asked) -> float:
        return costs[asked.label] * fakes.ideal_time_s(asked)

    plan = fakes.plan(tuple(costs), workloads=("factorize",), blocks=6)
    manifest = fakes.manifest(plan)
    measure(
        manifest,
        results=tmp_path,
        screen=shown,
        launcher=FakeLauncher(time_s=time_s),
        around=fakes.AROUND,
    )
    experiment = experiment_folder.load(tmp_path / manifest.id)

    (split,) = (one for one in analyse(manifest, experiment.outcomes).splits if one.threads == 2)
    assert split.tax is not None
    assert split.removal is not None
    assert split.net is not None
    assert split.tax.point == pytest.approx(1.1)
    assert split.removal.point == pytest.approx(0.5 * 1.2 / 1.1)
    assert split.net.point == pytest.approx(split.tax.point * split.removal.point)
    assert split.differences == ()


def test_an_interrupted_experiment_is_resumed_to_the_same_journal(
    tmp_path: Path, shown: Screen
) -> None:
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), blocks=3)
    manifest = fakes.manifest(plan)

    def press_twice(asked: Asked, number: int) -> Finished | None:
        del asked
        if number == 2 * len(plan.cells) + 5:  # the fifth worker of the second block
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return None

    with pytest.raises(KeyboardInterrupt):
        measure(
            manifest,
            results=tmp_path,
            screen=shown,
            launcher=FakeLauncher(answer=press_twice),
            around=fakes.AROUND,
        )
    before = experiment_folder.load(tmp_path / manifest.id)
    assert len(before.outcomes) == 2 * len(plan.cells)

    fake = FakeLauncher()
    with pytest.raises(StoreError, match=r"3\.14 is gone"):
        resume(before, machine=fakes.TWO_CPUS, screen=shown, launcher=fake, around=fakes.AROUND)
    assert fake.launches == []


@pytest.mark.parametrize(
    ("launch", "kept"), [(2, 2), (7, 5)], ids=["during a pilot", "while a group starts"]
)
def test_ctrl_c_once_ends_after_the_current_job(
    tmp_path: Path, shown: Screen, launch: int, kept: int
) -> None:
    manifest = fakes.manifest(fakes.plan(("3.14",), workloads=("factorize",), blocks=3))
    assert len(manifest.plan.cells) == 5

    def press_once(asked: Asked, number: int) -> Finished | None:
        del asked
        if number == launch:
            os.kill(os.getpid(), signal.SIGINT)
        return None

    is_finished = measure(
        manifest,
        results=tmp_path,
        screen=shown,
        launcher=FakeLauncher(answer=press_once),
        around=fakes.AROUND,
    )

    assert not is_finished
    assert len(experiment_folder.load(tmp_path / manifest.id).outcomes) == kept
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_resume_goes_on_when_nothing_has_changed(
    tmp_path: Path, shown: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), blocks=2)
    manifest = fakes.manifest(plan)
    by_path = {one.build.path: one.build for one in plan.variants}
    monkeypatch.setattr(interpreters, "probe", lambda path, provenance: by_path[path])  # noqa: ARG005
    with experiment_folder.create(tmp_path, manifest):
        pass

    folder = tmp_path / manifest.id
    fake = FakeLauncher()
    assert resume(
        experiment_folder.load(folder),
        machine=fakes.TWO_CPUS,
        screen=shown,
        launcher=fake,
        around=fakes.AROUND,
    )
    assert len(experiment_folder.load(folder).outcomes) == 3 * len(plan.cells)

    elsewhere = msgspec.structs.replace(fakes.TWO_CPUS, cpu_model="Other CPU")
    with pytest.raises(StoreError, match="the CPU model was Test CPU, is Other CPU"):
        resume(
            experiment_folder.load(folder),
            machine=elsewhere,
            screen=shown,
            launcher=fake,
            around=fakes.AROUND,
        )


@pytest.mark.parametrize("left", [0, 100], ids=["a line is lost", "half a line is lost"])
def test_a_group_that_is_not_complete_is_measured_again_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left: int
) -> None:
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), blocks=2)
    manifest = fakes.manifest(plan)
    by_path = {one.build.path: one.build for one in plan.variants}
    monkeypatch.setattr(interpreters, "probe", lambda path, provenance: by_path[path])  # noqa: ARG005
    fake = FakeLauncher()
    with screen(is_quiet=False) as shown:
        measure(manifest, results=tmp_path, screen=shown, launcher=fake, around=fakes.AROUND)
        journal = tmp_path / manifest.id / "journal.jsonl"
        first, _, last = journal.read_bytes().rstrip(b"\n").rpartition(b"\n")
        journal.write_bytes(first + b"\n" + last[:left])
        started = len(fake.launches)
        capsys.readouterr()
        assert resume(
            experiment_folder.load(journal.parent),
            machine=fakes.TWO_CPUS,
            screen=shown,
            launcher=fake,
            around=fakes.AROUND,
        )

    assert len(fake.launches) - started == len(plan.cells)
    whole = experiment_folder.load(journal.parent)
    assert len(whole.outcomes) == 3 * len(plan.cells)
    assert {len(one.turns) for one in whole.outcomes if one.job.is_timed} == {5}
    said = capsys.readouterr().err
    assert "lacks lines of a group of cells; all of its cells are measured again" in said
    assert ("last line was torn" in said) is (left > 0)


def test_the_page_and_the_summary_are_made_from_the_folder_alone(
    tmp_path: Path, shown: Screen
) -> None:
    manifest = fakes.manifest(fakes.plan(blocks=6))
    measure(
        manifest,
        results=tmp_path / "results",
        screen=shown,
        launcher=FakeLauncher(),
        around=fakes.AROUND,
    )

    made = report(tmp_path / "results" / manifest.id, tmp_path / "reports", is_json=False)
    text = made.text

    page = tmp_path / "reports" / manifest.id / "index.html"
    assert made.page == page
    assert text.endswith(f"Report: {page}\n")
    assert [line.split()[0].rstrip(":") for line in text.splitlines()[:4]] == [
        "3.14", "3.14t", "3.14t+gil", "pypy",
    ]  # fmt: skip
    html = page.read_text(encoding="utf-8")
    assert "secret-host" not in html
    assert "3.14t+gil" in html


def test_json_holds_every_cell_with_its_interval(tmp_path: Path, shown: Screen) -> None:
    plan = fakes.plan(("3.14", "3.14t"), blocks=6)
    manifest = fakes.manifest(plan)
    measure(manifest, results=tmp_path, screen=shown, launcher=FakeLauncher(), around=fakes.AROUND)

    text = report(tmp_path / manifest.id, tmp_path / "reports", is_json=True).text

    document = msgspec.json.decode(text)
    assert len(document["cells"]) == len(plan.cells)
    assert set(document["cells"][0]["time_s"]) == {
        "point", "low", "high", "level", "n", "method",
    }  # fmt: skip


def test_when_every_worker_fails_the_page_is_made_and_the_error_says_why(
    tmp_path: Path, shown: Screen
) -> None:
    manifest = fakes.manifest(fakes.plan(("3.14",), blocks=1))
    broken = FakeLauncher(answer=lambda asked, number: fakes.ended(exit_code=1))  # noqa: ARG005
    measure(manifest, results=tmp_path, screen=shown, launcher=broken, around=fakes.AROUND)

    with pytest.raises(WorkerError, match=r"no worker succeeded.*exit status 1"):
        report(tmp_path / manifest.id, tmp_path / "reports", is_json=False)
    with pytest.raises(NoResultError) as raised:
        report(tmp_path / manifest.id, tmp_path / "reports", is_json=True)

    assert raised.value.exit_code == 5
    assert len(msgspec.json.decode(raised.value.made.text)["failed"]) == len(manifest.plan.cells)
    assert (tmp_path / "reports" / manifest.id / "index.html").is_file()


def test_an_experiment_without_a_measurement_has_nothing_to_show(tmp_path: Path) -> None:
    manifest = fakes.manifest(fakes.plan(("3.14",), blocks=1))
    with experiment_folder.create(tmp_path, manifest):
        pass

    with pytest.raises(NothingToDoError, match="has no measurement yet"):
        report(tmp_path / manifest.id, tmp_path / "reports", is_json=False)


def test_an_unfinished_first_block_is_shown_without_intervals(
    tmp_path: Path, shown: Screen
) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), modes=(Mode.THREADS,), blocks=2)
    manifest = fakes.manifest(plan)
    measure(manifest, results=tmp_path, screen=shown, launcher=FakeLauncher(), around=fakes.AROUND)
    outcomes = experiment_folder.load(tmp_path / manifest.id).outcomes[:5]

    analysis = analyse(manifest, outcomes)

    assert analysis.blocks_done == 0
    assert len(analysis.cells) == 2
    assert analysis.cells[0].time_s.low is None
    assert any("No block is complete" in note for note in analysis.notes)


def test_a_partial_last_block_is_left_out(tmp_path: Path, shown: Screen) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), modes=(Mode.THREADS,), blocks=3)
    manifest = fakes.manifest(plan)
    measure(manifest, results=tmp_path, screen=shown, launcher=FakeLauncher(), around=fakes.AROUND)
    outcomes = experiment_folder.load(tmp_path / manifest.id).outcomes[:-1]

    analysis = analyse(manifest, outcomes)

    assert analysis.blocks_done == 2
    assert {one.time_s.n for one in analysis.cells} == {2}


def test_failures_are_counted_and_named(tmp_path: Path, shown: Screen) -> None:
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1,), blocks=3)
    manifest = fakes.manifest(plan)
    broken = FakeLauncher(
        answer=lambda asked, number: (  # noqa: ARG005
            fakes.ended(exit_code=1, stderr_tail="boom") if asked.label == "3.14t" else None
        )
    )
    measure(manifest, results=tmp_path, screen=shown, launcher=broken, around=fakes.AROUND)
    experiment = experiment_folder.load(tmp_path / manifest.id)

    (failure,) = analyse(manifest, experiment.outcomes).failures

    assert (failure.variant, failure.status, failure.failed, failure.succeeded) == (
        "3.14t", Status.FAILED, 2, 0,
    )  # fmt: skip
    assert failure.is_quarantined
    assert failure.reason == "exit status 1: boom"
