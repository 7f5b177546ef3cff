from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.errors import StoreError
from harness.model import Job, Outcome, Status
from harness.model.plans import PILOT
from harness.storage import experiment_folder
from harness.storage.checksum import unsealed
from tests.unit import fakes

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Manifest

MANIFEST = fakes.manifest(fakes.plan(("3.14",), workloads=("factorize",), blocks=2))
TWO = fakes.manifest(fakes.plan(("3.14", "3.14t"), workloads=("factorize", "lesson"), blocks=2))


def outcome(block: int = 1, reason: str = "") -> Outcome:
    return Outcome(
        job=Job(block=block, position=0, cell=MANIFEST.plan.cells[0]),
        status=Status.FAILED,
        started="2026-01-01T00:00:00.000+00:00",
        duration_s=0.5,
        reason=reason,
    )


def group(block: int, workload: str) -> list[Outcome]:
    """Return a failed outcome of each cell of a workload of ``TWO``."""
    cells = [cell for cell in TWO.plan.cells if cell.benchmark.workload == workload]
    return [
        msgspec.structs.replace(outcome(), job=Job(block=block, position=position, cell=cell))
        for position, cell in enumerate(cells)
    ]


def written(results: Path, *outcomes: Outcome, manifest: Manifest = MANIFEST) -> Path:
    with experiment_folder.create(results, manifest) as writer:
        for one in outcomes:
            writer.append([one])
    return results / manifest.id


def tear(folder: Path) -> None:
    """End the journal with a part of a line."""
    journal = folder / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[:40])


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    folder = written(tmp_path, outcome(1, "é\n\x00"), outcome(2))

    found = experiment_folder.load(folder)

    assert found.manifest == MANIFEST
    assert found.outcomes == (outcome(1, "é\n\x00"), outcome(2))
    assert found.torn_bytes == 0


def test_every_line_is_on_disk_before_append_returns(tmp_path: Path) -> None:
    with experiment_folder.create(tmp_path, MANIFEST) as writer:
        for count, block in enumerate((0, 1, 2), start=1):
            writer.append([outcome(block)])
            assert len(experiment_folder.load(writer.folder).outcomes) == count


def test_a_torn_last_line_is_dropped_and_cut_off_on_resume(tmp_path: Path) -> None:
    folder = written(tmp_path, outcome(PILOT))
    tear(folder)

    assert experiment_folder.load(folder).torn_bytes == 40
    with experiment_folder.append_to(experiment_folder.load(folder)) as (writer, current):
        assert current.torn_bytes == 40
        writer.append([outcome(1)])

    assert experiment_folder.load(folder).outcomes == (outcome(PILOT), outcome(1))


@pytest.mark.parametrize("is_torn", [False, True])
def test_what_there_is_of_an_unfinished_group_is_dropped_on_resume(
    tmp_path: Path, *, is_torn: bool
) -> None:
    whole = [outcome(PILOT), *group(1, "lesson"), *group(1, "factorize"), *group(2, "lesson")]
    folder = written(tmp_path, *whole, *group(2, "factorize")[:-1], manifest=TWO)
    if is_torn:
        tear(folder)

    with experiment_folder.append_to(experiment_folder.load(folder)) as (writer, current):
        assert list(current.outcomes) == whole
        assert list(experiment_folder.load(folder).outcomes) == whole
        writer.append(group(2, "factorize"))

    assert list(experiment_folder.load(folder).outcomes) == [*whole, *group(2, "factorize")]


def test_the_runs_of_a_dropped_group_are_dropped_too(tmp_path: Path) -> None:
    done = [fakes.outcome_of(cell, 1) for cell in TWO.plan.cells if cell.variant == "3.14"]
    done = [one for one in done if one.job.cell.benchmark.workload == "lesson"]
    folder = written(tmp_path, *done, manifest=TWO)
    assert experiment_folder.load(folder).runs.keys() == {one.job.key for one in done}

    with experiment_folder.append_to(experiment_folder.load(folder)) as (_, current):
        assert (current.outcomes, current.runs) == ((), {})


@pytest.mark.parametrize("is_torn", [False, True])
def test_a_whole_group_and_jobs_that_run_alone_are_kept_on_resume(
    tmp_path: Path, *, is_torn: bool
) -> None:
    for number, last in enumerate((group(1, "factorize"), [outcome(PILOT)])):
        whole = [*group(1, "lesson"), *last]
        folder = written(tmp_path / str(number), *whole, manifest=TWO)
        if is_torn:
            tear(folder)

        with experiment_folder.append_to(experiment_folder.load(folder)) as (_, current):
            assert list(current.outcomes) == whole


def test_a_group_is_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written_bytes: list[int] = []
    write = os.write

    def counting(file: int, data: bytes) -> int:
        written_bytes.append(len(data))
        return write(file, data)

    with experiment_folder.create(tmp_path, TWO) as writer:
        monkeypatch.setattr(os, "write", counting)
        writer.append(group(1, "factorize"))
        monkeypatch.undo()

    assert written_bytes == [(writer.folder / "journal.jsonl").stat().st_size]


@pytest.mark.parametrize("damage", [b"{}", b"rubbish", b"", b"\xff\xfe", b'{"job":1}'])
def test_a_damaged_middle_line_names_file_and_line(tmp_path: Path, damage: bytes) -> None:
    folder = written(tmp_path, outcome(1), outcome(2))
    journal = folder / "journal.jsonl"
    first, second, _ = journal.read_bytes().split(b"\n")
    journal.write_bytes(b"\n".join([first, damage, second, b""]))

    with pytest.raises(StoreError, match=r"journal\.jsonl, line 2 is damaged"):
        experiment_folder.load(folder)


def test_a_newer_schema_is_refused_with_both_versions(tmp_path: Path) -> None:
    folder = written(tmp_path)
    manifest = folder / "manifest.json"
    content = msgspec.json.decode(unsealed(manifest.read_bytes()))
    manifest.write_bytes(msgspec.json.encode({**content, "schema_version": 99, "novelty": 1}))

    with pytest.raises(StoreError, match=r"schema 99, this version reads up to 4"):
        experiment_folder.load(folder)


@pytest.mark.parametrize("text", ["", "[]", '{"schema_version": "x"}', '{"schema_version": 1}'])
def test_a_damaged_manifest_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    folder = written(tmp_path)
    (folder / "manifest.json").write_text(text)

    with pytest.raises(StoreError, match=r"manifest\.json is damaged"):
        experiment_folder.load(folder)


def test_a_folder_without_manifest_is_no_experiment(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is .* an experiment folder"):
        experiment_folder.load(tmp_path)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_loading_leaves_the_garbage_collector_as_it_was(
    tmp_path: Path, *, is_enabled: bool
) -> None:
    folder = written(tmp_path, outcome(1))
    try:
        (gc.enable if is_enabled else gc.disable)()
        experiment_folder.load(folder)
        with pytest.raises(StoreError):
            experiment_folder.load(tmp_path)
        assert gc.isenabled() is is_enabled
    finally:
        gc.enable()


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with experiment_folder.create(tmp_path, MANIFEST):
        experiment = experiment_folder.load(tmp_path / MANIFEST.id)
        refused: list[StoreError] = []

        def second() -> None:
            try:
                with experiment_folder.append_to(experiment):
                    pass
            except StoreError as error:
                refused.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()

    assert "is being written by another run" in str(refused[0])
    with experiment_folder.append_to(experiment):  # and free again afterwards
        pass


def test_a_full_disk_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with experiment_folder.create(tmp_path, MANIFEST) as writer:
        with open("/dev/full", "wb") as full:  # the kernel's own "no space left"  # noqa: PTH123
            write = os.write
            monkeypatch.setattr(os, "write", lambda _, data: write(full.fileno(), data))
            with pytest.raises(StoreError, match=r"No space left on device.*--resume"):
                writer.append([outcome()])
        monkeypatch.undo()


def test_a_results_folder_that_cannot_be_made_names_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(StoreError, match="give another with --results"),
        experiment_folder.create(tmp_path / "file", MANIFEST),
    ):
        pass


def test_the_same_experiment_is_not_made_twice(tmp_path: Path) -> None:
    written(tmp_path)

    with pytest.raises(StoreError, match="exists already"):
        written(tmp_path)


def test_an_experiment_is_found_by_id_beginning_and_path(tmp_path: Path) -> None:
    folder = written(tmp_path)

    assert experiment_folder.find(tmp_path, MANIFEST.id) == folder
    assert experiment_folder.find(tmp_path, MANIFEST.id[:8]) == folder
    assert experiment_folder.find(tmp_path / "elsewhere", str(folder)) == folder
    assert experiment_folder.newest_first(tmp_path) == (folder,)


def test_an_unknown_experiment_names_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="make one with nox -s bench"):
        experiment_folder.find(tmp_path, "x")
    written(tmp_path)
    with pytest.raises(StoreError, match=f"no experiment is called 'x'.*{MANIFEST.id}"):
        experiment_folder.find(tmp_path, "x")
