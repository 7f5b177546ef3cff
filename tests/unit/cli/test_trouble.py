"""What the disk and the machine do to a run: what was measured is kept, and its page made."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import interpreters
from harness.cli import app
from harness.errors import StoreError
from harness.interpreters import Provisioned
from harness.running import experiment
from harness.storage import experiment_folder
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.execution.launcher import Finished

_patches: list[pytest.MonkeyPatch] = []
OPTIONS = ("--workload", "factorize", "--threads", "1,2", "--blocks", "2")
CELLS = 4


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    found = Provisioned(candidates=(fakes.variant("3.14"),), unavailable=())
    monkeypatch.setattr(interpreters, "provision", lambda *args, **kwargs: found)  # noqa: ARG005
    yield
    while _patches:
        _patches.pop().undo()


def measured(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None], *, at: int | None
) -> int:
    """Return the exit code of a run in which something happens at this launch."""

    def answer(asked: fakes.Asked, number: int) -> Finished | None:
        del asked
        if number == at:
            happens()
        return None

    launcher = fakes.FakeLauncher(answer=answer)
    monkeypatch.setattr(experiment, "SubprocessLauncher", lambda: launcher)
    with pytest.raises(SystemExit) as ended:
        app.main(["bench", *OPTIONS])
    return int(ended.value.code or 0)


def fill_the_disk() -> None:
    """Let every later write into the journal find a full disk."""
    journal = next(Path("results").glob("*/journal.jsonl"))
    write = os.write

    def write_elsewhere(descriptor: int, data: bytes) -> int:
        if os.path.samestat(os.fstat(descriptor), journal.stat()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    patch = pytest.MonkeyPatch()
    patch.setattr(os, "write", write_elsewhere)
    _patches.append(patch)


def run_out_of_descriptors() -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.mark.parametrize("happens", [fill_the_disk, run_out_of_descriptors])
def test_what_ends_measuring_leaves_what_was_measured_and_its_page(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    happens: Callable[[], None],
) -> None:
    in_the_second_block = 2 * CELLS + 3
    assert measured(monkeypatch, happens, at=in_the_second_block) == StoreError.exit_code

    (folder,) = experiment_folder.newest_first(Path("results"))
    assert len(experiment_folder.load(folder).outcomes) == 2 * CELLS
    assert (Path("reports") / folder.name / "index.html").is_file()
    assert (Path("reports") / "index.html").is_file()
    (error,) = [line for line in capsys.readouterr().err.splitlines() if "error: " in line]
    assert "No space left" in error or "Too many open files" in error
    assert f"--resume {folder.name}" in error or f"--resume -- {folder.name}" in error


@pytest.mark.parametrize("happens", [fill_the_disk, run_out_of_descriptors])
def test_what_ends_measuring_at_its_first_job_leaves_an_error_alone(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    happens: Callable[[], None],
) -> None:
    assert measured(monkeypatch, happens, at=1) == StoreError.exit_code

    assert "Traceback" not in capsys.readouterr().err
    assert not list(Path("reports").glob("*/index.html"))


def test_a_page_that_cannot_be_written_loses_no_measurement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def take_its_place() -> None:
        shutil.rmtree("reports")
        Path("reports").write_text("a file\n")

    assert measured(monkeypatch, take_its_place, at=3 * CELLS) == StoreError.exit_code

    (folder,) = experiment_folder.newest_first(Path("results"))
    assert len(experiment_folder.load(folder).outcomes) == 3 * CELLS
    assert f"report -- {folder.name}" in capsys.readouterr().err


def test_an_error_that_may_be_ours_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def go_wrong() -> None:
        raise FileNotFoundError(errno.ENOENT, "of a bug")

    with pytest.raises(FileNotFoundError, match="of a bug"):
        measured(monkeypatch, go_wrong, at=2 * CELLS + 3)
