"""Which experiment ``--resume`` chooses, and what it does with one that is finished."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from harness.cli import app
from harness.cli.bench import finish
from harness.cli.options import Output
from harness.commands.bench import Finished
from harness.commands.report import report
from harness.commands.resumable import to_resume
from harness.errors import NothingToDoError, StoreError
from tests.unit import fakes
from tests.unit.stored import store

OLDER, NEWER = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of results with two finished experiments."""
    results = tmp_path_factory.mktemp("results")
    plan = fakes.plan(("3.14",), workloads=("factorize",), blocks=2, threads=(1, 2))
    store(results, plan, OLDER, NEWER)
    return results


@pytest.fixture
def results(measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(measured, tmp_path / "results")
    return tmp_path / "results"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app.main(list(arguments))
    return int(ended.value.code or 0)


def cut(folder: Path) -> None:
    """Leave the experiment unfinished."""
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:-1]))


@pytest.mark.parametrize("query", [(), (NEWER,)])
@pytest.mark.usefixtures("results")
def test_a_finished_experiment_without_its_page_gets_it_and_then_nothing_is_left(
    tmp_path: Path, query: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "reports" / NEWER / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<html>Running: block 1 of 2 is done")  # of the run that was killed
    resume = ["bench", "--resume", *query]

    assert run(*resume) == 0

    assert page.read_text().rstrip().endswith("</html>")
    shown = capsys.readouterr()
    assert f"{NEWER} is finished; its page is missing" in shown.err
    assert f"Report: {page.relative_to(tmp_path)}" in shown.out
    assert run(*resume) == 3


def test_an_older_page_that_is_missing_is_no_reason_to_make_it(results: Path) -> None:
    report(results / NEWER, Path("reports"), is_json=False)

    with pytest.raises(NothingToDoError, match="no unfinished experiment in results"):
        to_resume(Path("results"), "", Path("reports"), say=pytest.fail)


@pytest.mark.parametrize("name", ["manifest.json", "journal.jsonl"])
def test_damaged_folders_are_skipped_with_a_note(results: Path, name: str) -> None:
    cut(results / OLDER)
    path = results / NEWER / name
    path.write_bytes(
        path.read_bytes().replace(b'"block":1', b'"block":2').replace(b"3.14", b"3.15")
    )
    said: list[str] = []

    chosen = to_resume(results, "", Path("reports"), say=said.append)

    assert chosen.folder.name == OLDER
    (line,) = said
    assert line.startswith(f"{NEWER} is skipped: ")
    assert f"{name}" in line
    with pytest.raises(StoreError, match="is damaged"):
        to_resume(results, NEWER, Path("reports"), say=said.append)


@pytest.mark.parametrize("name", ["manifest.json", "journal.jsonl"])
def test_a_pipe_among_the_results_hangs_no_command(
    results: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / NEWER / name).unlink()
    os.mkfifo(results / NEWER / name)

    assert run("bench", "--resume") == 0  # the page of the other
    assert "no plain file" in capsys.readouterr().err
    assert run("report", NEWER) == 6
    assert run("report", "--all") == 6
    assert run("compare", OLDER, NEWER) == 6


def test_a_page_that_cannot_be_written_after_measuring_says_that_nothing_is_lost(
    results: Path, tmp_path: Path
) -> None:
    output = Output(
        results=results,
        reports=tmp_path / "reports",
        is_opened=False,
        is_json=False,
        is_host_shown=False,
    )
    output.reports.mkdir()
    (output.reports / NEWER).touch()

    with pytest.raises(
        StoreError, match=rf"Cannot write.* in {results / NEWER}: .*report.*{NEWER}"
    ):
        finish(Finished(folder=results / NEWER, is_complete=True), output)


def test_a_reports_folder_that_cannot_be_written_is_noticed_before_measuring(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    cut(results / NEWER)

    assert run("bench", "--resume", "--reports", "file") == 6
    assert "reports folder file cannot be written" in capsys.readouterr().err
    assert run("bench", "--reports", "file", "--fast") == 6
    assert "reports folder file cannot be written" in capsys.readouterr().err
