"""What is compared is told apart, wherever it comes from; every comparison has its page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.unit.commands.compare_cases import NEW, OLD, exported, page, pyperf_file, run, stored


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


def test_two_comparisons_never_share_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("a", "b", "c/x", "d/x"):
        Path(folder).mkdir(parents=True)
    for number, folders in enumerate((("a", "b"), ("c/x", "d/x"))):
        names = [
            pyperf_file(f"{folder}/results.json", {"sort": 1.0 + number}, python_version="3.15.0")
            for folder in folders
        ]
        assert run(*names) == 0
    for variants in (("3.14",), ("3.14t",)):
        stored(OLD) if variants == ("3.14",) else stored(NEW)
    for options in ((), ("--no-anchor",), ("--variant", "3.14t")):
        assert run(OLD, NEW, *options) == 0

    pages = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Report:")]

    assert len(set(pages)) == len(pages) == 5
    # Made again, a page replaces itself alone.
    assert run(OLD, NEW) == 0
    assert len([*Path("reports").glob("compare-*")]) == 5


def test_files_of_one_name_are_told_apart_wherever_they_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = []
    for folder in ("bm-3.15", "bm-3.15-NOGIL"):
        Path(folder).mkdir()
        names.append(pyperf_file(f"{folder}/bm.json", {"a": 1.0}, python_version="3.15.0"))

    assert run(*names, "--markdown", "summary.md") == 0
    out = capsys.readouterr().out
    assert run(*names, "--json") == 0
    sides = json.loads(capsys.readouterr().out)["sides"]

    shown = ("bm-3.15/bm.json", "bm-3.15-NOGIL/bm.json")
    assert (sides["old"]["name"], sides["new"]["name"]) == shown
    (folder,) = (path.parent.name for path in Path("reports").glob("compare-*/index.html"))
    assert folder.startswith("compare-bm-3.15-bm-bm-3.15-NOGIL-bm-")
    head, _, _ = page().partition("<main")
    for text in (out, Path("summary.md").read_text(), head):
        assert all(name in text for name in shown)
    assert "GIL state not in the file" in out


def test_paths_of_another_computer_are_neither_offered_nor_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pyperf_file("old.json", {"a": 1.0}, python_executable=r"C:\laboratory\py\python.exe")
    pyperf_file("new.json", {"a": 1.0}, python_executable="/home/ada/python3")

    assert run("old.json", "new.json", "--json") == 0
    text = capsys.readouterr().out
    assert run("old.json", "new.json") == 0

    for shown in (text, capsys.readouterr().out, page()):
        for private in ("python.exe", "ada", "laboratory", "PATH-OF", "NAME"):
            assert private not in shown
    assert json.loads(text)["advice"]["commands"] == []


def test_two_exports_of_one_experiment_are_compared_in_blocks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slower = {block: 0.1 + block / 1000 for block in range(1, 6)}
    old, new = exported("3.14t"), exported("3.14t+gil", changes=slower)

    assert run(old, new, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert run(old, new) == 0
    out = capsys.readouterr().out

    (cell,) = found["cells"]
    assert (cell["basis"], cell["verdict"], cell["family"]) == ("blocks", "slower", "factorize")
    assert cell["ratio"]["low"] > 1.1
    assert "measured at different times" not in out
    assert "measured at different times" not in page()
    assert "free-threaded build, GIL off" in out
    assert "free-threaded build, GIL on" in out
    assert [found["sides"][side]["gil"] for side in ("old", "new")] == [
        "free-threaded build, GIL off",
        "free-threaded build, GIL on",
    ]


def test_what_disturbs_single_rounds_of_an_experiment_cancels(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(5)
    bursts = np.exp(rng.exponential(1.0, (6, 21)))
    for name, factor in (("old.json", 1.0), ("new.json", 1.05)):
        label = name.partition(".")[0]
        runs = [
            {"values": [*(block * factor)], "metadata": {"gilscope_block": number}}
            for number, block in enumerate(bursts)
        ]
        content = {
            "version": "1.0",
            "metadata": {"gilscope_experiment": OLD, "gilscope_variant": label},
            "benchmarks": [{"runs": runs, "metadata": {"name": "a/threads=1"}}],
        }
        Path(name).write_text(json.dumps(content))

    assert run("old.json", "new.json", "--json") == 0

    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert cell["verdict"] == "slower"
    assert cell["ratio"]["point"] == pytest.approx(1.05)


def test_exports_of_two_experiments_share_no_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    old, new = exported("3.14t"), exported("3.14t+gil", experiment=NEW)

    assert run(old, new, "--json") == 0

    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert cell["basis"] == "run-to-run unknown"


def test_an_export_of_a_variant_is_not_compared_with_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exported("3.14t")
    Path("copy.json").write_bytes(Path("3.14t.json").read_bytes())

    assert run("3.14t.json", "copy.json") == 2
    assert "compared with itself" in capsys.readouterr().err
