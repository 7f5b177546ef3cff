"""The index on disk: what rebuilds it, what is left alone, and what is not followed."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cli import app
from harness.commands import index
from harness.commands.report import report
from harness.errors import HarnessError, NothingToDoError, StoreError
from harness.report.index import html as index_html
from harness.report.index.summary_file import SUMMARY, Summary, read_summary
from harness.storage import experiment_folder
from harness.storage.fingerprint import fingerprint
from tests.unit import fakes
from tests.unit.report import summaries_factory as factory
from tests.unit.stored import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.index.view import Pages

FIRST, SECOND = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of results with two small experiments."""
    results = tmp_path_factory.mktemp("results")
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), blocks=2, threads=(1, 2))
    store(results, plan, FIRST, SECOND)
    return results


@pytest.fixture
def results(measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(measured, tmp_path / "results")
    return tmp_path / "results"


def written(reports: Path, found: Summary, name: str = "") -> Path:
    """Write an empty page with its summary."""
    folder = reports / (name or found.id)
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("a page")
    # Not write_summary, which waits for the disk.
    (folder / SUMMARY).write_bytes(msgspec.json.encode(found))
    return folder


def made(reports: Path, results: Path = Path("none")) -> str:
    return index.make_index(reports, results).read_text(encoding="utf-8")


def state(reports: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(reports)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(reports.rglob("*"))
        if path.is_file()
    }


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app.main(list(arguments))
    return int(ended.value.code or 0)


def test_adding_one_experiment_to_many_touches_its_page_and_the_index(
    results: Path, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    for place in range(200):
        written(reports, factory.summary(place, label=f"label {place // 2}"))
    made(reports)
    before = state(reports)

    assert run("report", FIRST) == 0

    after = state(reports)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {f"{FIRST}/index.html", f"{FIRST}/{SUMMARY}", "index.html"}
    assert f"./{FIRST}/index.html" in (reports / "index.html").read_text()
    assert results.is_dir()


def test_all_makes_what_is_missing_or_outdated_and_nothing_else(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = tmp_path / "reports"
    assert run("report", "--all") == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("2 pages made, 0 up to date.\nIndex: ")
    assert shown.err.startswith(f"page 1 of 2: {SECOND}\n")
    before = state(reports)

    assert run("report", "--all", "--json") == 0

    assert json.loads(capsys.readouterr().out)["current"] == 2
    after = state(reports)
    del before["index.html"], after["index.html"]
    assert after == before

    with (results / SECOND / experiment_folder.JOURNAL).open("ab") as journal:
        journal.write(b'{"torn')
    (reports / FIRST / SUMMARY).write_text("{}")
    assert run("report", "--all", "--json") == 0
    assert json.loads(capsys.readouterr().out)["made"] == [SECOND, FIRST]


def test_one_damaged_experiment_keeps_no_other_from_its_page(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / SECOND / experiment_folder.MANIFEST).write_text("{")

    assert run("report", "--all") == 6

    shown = capsys.readouterr()
    assert "1 page made" in shown.out
    assert f"not every page could be made: {SECOND} (" in shown.err
    assert FIRST in (tmp_path / "reports" / "index.html").read_text()


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_page_that_is_empty_or_cut_is_made_again(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float
) -> None:
    for name in (FIRST, SECOND):
        report(results / name, tmp_path / "reports", is_json=False)
    page = tmp_path / "reports" / FIRST / "index.html"
    whole = page.read_bytes()
    page.write_bytes(whole[: int(len(whole) * share)])

    assert run("report", "--all", "--json") == 0

    assert json.loads(capsys.readouterr().out)["made"] == [FIRST]
    assert page.read_bytes() == whole


def test_a_changed_digit_in_a_summary_is_not_listed(results: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    report(results / FIRST, reports, is_json=False)
    right = (reports / FIRST / SUMMARY).read_bytes()
    (reports / FIRST / SUMMARY).write_bytes(right.replace(b'"cpus": 2', b'"cpus": 3'))

    assert read_summary(reports / FIRST) is None
    made(reports, results)
    assert (reports / FIRST / SUMMARY).read_bytes() == right


def test_the_index_says_which_results_it_cannot_read(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = tmp_path / "reports"
    report(results / FIRST, reports, is_json=False)
    (reports / FIRST / SUMMARY).unlink()
    (results / FIRST / experiment_folder.MANIFEST).write_text("{")

    assert run("report", SECOND) == 0

    assert f"{FIRST} is listed without numbers: " in capsys.readouterr().err


@pytest.mark.usefixtures("results")
def test_all_and_one_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", "--all", FIRST) == 2

    assert "leave out" in capsys.readouterr().err


def test_a_missing_summary_is_made_again_from_the_results(results: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    report(results / FIRST, reports, is_json=False)
    right = (reports / FIRST / SUMMARY).read_bytes()
    page = (reports / FIRST / "index.html").stat().st_mtime_ns
    for damaged in (b"", b"{", right.replace(b'_version": 1', b'_version": 7')):
        (reports / FIRST / SUMMARY).write_bytes(damaged)

        made(reports, results)

        assert (reports / FIRST / SUMMARY).read_bytes() == right
    assert (reports / FIRST / "index.html").stat().st_mtime_ns == page


def test_without_results_such_a_page_is_listed_as_of_another_version(
    results: Path, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    report(results / FIRST, reports, is_json=False)
    (reports / FIRST / SUMMARY).unlink()
    (results / FIRST / experiment_folder.MANIFEST).write_text("{")

    for where in (results, tmp_path / "none"):
        page = made(reports, where)

        assert "Made by another version" in page
        assert f'href="./{FIRST}/index.html">{FIRST}<' in page
    assert not (reports / FIRST / SUMMARY).exists()


def test_results_of_another_name_are_not_taken_for_it(results: Path, tmp_path: Path) -> None:
    (tmp_path / "reports" / "mine").mkdir(parents=True)
    (tmp_path / "reports" / "mine" / "index.html").write_text("a page")
    (results / FIRST).rename(results / "mine")

    assert "Made by another version" in made(tmp_path / "reports", results)


def test_links_are_not_followed_and_what_is_no_page_is_not_listed(tmp_path: Path) -> None:
    reports, elsewhere = tmp_path / "reports", tmp_path / "elsewhere"
    outside = written(elsewhere, factory.summary(1, label="outside"))
    written(reports, factory.summary(2, label="inside"))
    (reports / "link").symlink_to(outside)
    (reports / "dangling").symlink_to("nowhere")
    (reports / "half").mkdir()
    (reports / "half" / "index.html").symlink_to(outside / "index.html")
    (reports / "half" / SUMMARY).symlink_to(outside / SUMMARY)
    (reports / "empty").mkdir()
    (reports / "README.md").write_text("text")
    written(reports, factory.summary(3, label="outside too"), ".hidden")
    (reports / "index.html").symlink_to(elsewhere / "target.html")

    page = made(reports)

    assert "inside" in page
    listed = page.partition("<body>")[2]
    for word in ("outside", "half", "empty", ".hidden", "README"):
        assert word not in listed
    assert "2 links in this folder: links are not followed." in page
    assert not (reports / "index.html").is_symlink()
    assert not (elsewhere / "target.html").exists()


def test_a_huge_summary_is_not_read(tmp_path: Path) -> None:
    folder = written(tmp_path, factory.summary(1))
    os.truncate(folder / SUMMARY, 2**30)

    assert read_summary(folder) is None
    assert "Made by another version" in made(tmp_path)


def test_folders_whose_name_is_no_id_are_listed(tmp_path: Path) -> None:
    for place, name in enumerate(
        ("my best run", "javascript:alert(1)", "<b>", os.fsdecode(b"\xff"))
    ):
        try:
            written(tmp_path, factory.summary(place), name)
        except OSError:
            pytest.skip("this file system has no such names")

    page = made(tmp_path)

    for link in ("my%20best%20run", "javascript%3Aalert%281%29", "%3Cb%3E", "%FF"):
        assert f'href="./{link}/index.html"' in page
    assert "<b>" not in page.partition("All experiments</h2>")[2]


def test_an_index_that_cannot_be_made_loses_no_page(
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> Path:
        raise StoreError("no room")

    monkeypatch.setattr(index, "write_index", fail)

    assert run("report", "--results", str(results), FIRST) == 0

    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1].startswith("Report: ")
    assert shown.err == "The index of all pages was not made: no room\n"
    assert (tmp_path / "reports" / FIRST / "index.html").exists()


def test_an_error_of_the_command_is_kept_and_the_index_made(tmp_path: Path) -> None:
    def command() -> None:
        with index.index_kept(tmp_path, tmp_path, tell=pytest.fail):
            raise NothingToDoError("nothing")

    with pytest.raises(NothingToDoError, match="nothing"):
        command()

    assert (tmp_path / "index.html").exists()


def test_without_a_folder_there_is_no_index(tmp_path: Path) -> None:
    with index.index_kept(tmp_path / "reports", tmp_path, tell=pytest.fail):
        pass

    assert not (tmp_path / "reports").exists()


def test_whoever_writes_last_has_seen_what_came_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, factory.summary(1, label="first"))
    write = index_html.write_index
    late: Iterator[Summary] = iter([factory.summary(2, label="meanwhile")])

    def writing(pages: Pages, reports: Path) -> Path:
        for one in late:
            written(reports, one)
        return write(pages, reports)

    monkeypatch.setattr(index, "write_index", writing)

    assert "meanwhile" in made(tmp_path)


def test_a_comparison_is_listed(results: Path, tmp_path: Path) -> None:
    assert run("compare", FIRST, SECOND, "--results", str(results)) == 0

    page = (tmp_path / "reports" / "index.html").read_text()
    assert f"{SECOND} (" not in page
    assert re.search(rf"\./compare-{FIRST}-{SECOND}-[0-9a-f]{{8}}/index\.html", page)


def test_a_fingerprint_changes_with_what_a_page_is_made_from(results: Path) -> None:
    one = fingerprint(results / FIRST)
    os.utime(results / FIRST / experiment_folder.MANIFEST, (1, 1))
    assert fingerprint(results / FIRST) == one

    with (results / FIRST / experiment_folder.JOURNAL).open("ab") as journal:
        journal.write(b"\n")
    other = fingerprint(results / FIRST)
    (results / FIRST / experiment_folder.JOURNAL).unlink()
    assert len({one, other, fingerprint(results / FIRST)}) == 3
    with pytest.raises(HarnessError, match="is gone an experiment folder"):
        fingerprint(results / "gone")
