"""The writer's watch over its files, and what killed writers leave."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from harness.errors import StoreError
from harness.files import write_whole
from harness.storage import experiment_folder
from harness.storage.stubs import clear_stubs
from harness.storage.writer import ignore, opened
from tests.unit import fakes
from tests.unit.storage.test_experiment_folder import MANIFEST, outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_journal_that_was_removed_is_written_again_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    with experiment_folder.create(tmp_path, MANIFEST, say=said.append) as writer:
        writer.append([outcome(0)])
        (writer.folder / "journal.jsonl").unlink()
        writer.append([outcome(1)])
        assert len(said) == 1
        writer.append([outcome(2)])
        found = experiment_folder.load(writer.folder)
        with (
            pytest.raises(StoreError, match="being written by another run"),
            experiment_folder.append_to(found),
        ):
            pass

    assert [one.job.block for one in found.outcomes] == [0, 1, 2]
    assert "was removed: it is written again" in said[0]


def test_a_manifest_that_was_removed_is_written_again_too(tmp_path: Path) -> None:
    said: list[str] = []
    with experiment_folder.create(tmp_path, MANIFEST, say=said.append) as writer:
        writer.append([outcome(0)])
        for path in writer.folder.iterdir():
            path.unlink()
        writer.append([outcome(1)])
        found = experiment_folder.load(writer.folder)

    assert found.manifest == MANIFEST
    assert [one.job.block for one in found.outcomes] == [0, 1]
    assert [line.partition(" was ")[0].rpartition("/")[2] for line in said] == [
        "journal.jsonl",
        "manifest.json",
    ]


def replaced(folder: Path) -> None:
    (folder / "other").write_bytes(b"")
    (folder / "other").replace(folder / "journal.jsonl")


def linked(folder: Path) -> None:
    (folder / "journal.jsonl").unlink()
    (folder / "journal.jsonl").symlink_to("/dev/null")


@pytest.mark.parametrize("change", [replaced, linked])
def test_a_journal_that_was_replaced_stops_the_run_and_its_lines_are_kept(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    with experiment_folder.create(tmp_path, MANIFEST) as writer:
        writer.append([outcome(0)])
        before = (writer.folder / "journal.jsonl").read_bytes()
        change(writer.folder)
        with pytest.raises(StoreError, match="was replaced by another file"):
            writer.append([outcome(1)])

    (kept,) = writer.folder.glob("journal.kept-*.jsonl")
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shutil.rmtree, "was removed while .* start a new experiment"),
        (lambda folder: folder.rename(folder.parent / "moved"), "was moved while .*--resume"),
    ],
)
def test_a_folder_that_is_gone_stops_the_run(
    tmp_path: Path, change: Callable[[Path], object], message: str
) -> None:
    with experiment_folder.create(tmp_path, MANIFEST) as writer:
        writer.append([outcome(0)])
        change(writer.folder)
        with pytest.raises(StoreError, match=message):
            writer.append([outcome(1)])

    assert not writer.folder.exists()


@pytest.mark.parametrize("name", ["journal.jsonl", "manifest.json", ".lock"])
def test_no_file_that_is_removed_lets_a_second_writer_in(tmp_path: Path, name: str) -> None:
    with experiment_folder.create(tmp_path, MANIFEST) as writer:
        experiment = experiment_folder.load(writer.folder)
        (writer.folder / name).unlink(missing_ok=True)
        with (
            pytest.raises(StoreError, match="being written by another run"),
            experiment_folder.append_to(experiment),
        ):
            pass


def test_a_pipe_in_place_of_the_journal_is_not_waited_for(tmp_path: Path) -> None:
    with experiment_folder.create(tmp_path, MANIFEST) as writer:
        pass
    experiment = experiment_folder.load(writer.folder)
    (writer.folder / "journal.jsonl").unlink()
    os.mkfifo(writer.folder / "journal.jsonl")

    with (
        pytest.raises(StoreError, match="no plain file"),
        experiment_folder.append_to(experiment),
    ):
        pass


def age(path: Path) -> None:
    then = time.time() - 3600
    os.utime(path, (then, then))


def test_folders_that_never_got_a_manifest_are_cleared_by_the_next_experiment(
    tmp_path: Path,
) -> None:
    names = [f"20260101T00000{place}Z-abcdef" for place in range(5)]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / names[1] / "journal.jsonl").touch()
    (tmp_path / names[1] / ".manifest.json.abcd1234").write_text("{")
    (tmp_path / names[2] / "journal.jsonl").write_text("a measurement")
    (tmp_path / names[3] / "notes.txt").touch()
    for name in names[:4]:
        age(tmp_path / name)
    (tmp_path / "my folder").mkdir()
    age(tmp_path / "my folder")

    with experiment_folder.create(tmp_path, MANIFEST):
        pass

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {names[2], names[3], names[4], "my folder", MANIFEST.id}


def test_a_folder_whose_run_is_still_starting_is_not_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "20260101T000000Z-abcdef"
    folder.mkdir()
    with opened(folder, say=ignore):
        age(folder)
        with experiment_folder.create(tmp_path, MANIFEST):
            pass
        assert folder.is_dir()
    age(folder)
    with experiment_folder.create(tmp_path / "elsewhere", MANIFEST):
        clear_stubs(tmp_path)

    assert not folder.exists()


def test_a_manifest_that_cannot_be_written_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        del path, data
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.storage.manifest.write_whole", full)

    with (
        pytest.raises(StoreError, match="No space left on device; free some space"),
        experiment_folder.create(tmp_path / "results", MANIFEST),
    ):
        pass

    assert list((tmp_path / "results").iterdir()) == []


def test_what_a_killed_writer_left_is_cleared_by_the_next_one(tmp_path: Path) -> None:
    for name in (".page.html.abcd1234", ".page.html.old", ".other.html.abcd1234"):
        (tmp_path / name).touch()
    (tmp_path / ".page.html.linked12").symlink_to("nowhere")

    write_whole(tmp_path / "page.html", b"new")

    assert {path.name for path in tmp_path.iterdir()} == {
        "page.html", ".page.html.old", ".other.html.abcd1234", ".page.html.linked12",
    }  # fmt: skip


def test_the_file_of_a_living_writer_is_not_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = type(tmp_path).replace

    def interrupted(path: Path, target: Path) -> Path:
        monkeypatch.undo()
        write_whole(target, b"from another process")
        return replace(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", interrupted)

    write_whole(tmp_path / "page.html", b"last")

    assert (tmp_path / "page.html").read_bytes() == b"last"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_and_then_its_name_are_flushed_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    with experiment_folder.create(tmp_path / "results", MANIFEST) as writer:
        pass

    manifest = (writer.folder / "manifest.json").stat().st_ino
    folders = [writer.folder.stat().st_ino, writer.folder.parent.stat().st_ino]
    assert flushed == [manifest, *folders]


def test_folders_that_cannot_be_written_are_noticed_before_measuring(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"reports folder .*file cannot be written.*--reports"):
        experiment_folder.prepare(tmp_path / "results", reports=tmp_path / "file")
    with pytest.raises(StoreError, match=r"results folder .*file cannot be written.*--results"):
        experiment_folder.prepare(tmp_path / "file", reports=tmp_path)


def test_an_early_line_that_was_removed_has_its_group_measured_again(tmp_path: Path) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1, 2), blocks=3)
    manifest = fakes.manifest(plan)
    done = [fakes.outcome_of(cell, block) for block in (1, 2, 3) for cell in plan.cells]
    size = len(plan.cells)
    with experiment_folder.create(tmp_path, manifest) as writer:
        writer.append([*done[: size + 1], *done[size + 2 :]])

    with experiment_folder.append_to(experiment_folder.load(writer.folder)) as (_, current):
        assert list(current.outcomes) == [*done[:size], *done[2 * size :]]
    assert experiment_folder.load(writer.folder).outcomes == current.outcomes
