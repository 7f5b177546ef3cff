"""The command: what is written where, what is said, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyperf
import pytest

import harness
from harness.analysis.analyse import analyse
from harness.cli.app import main
from harness.commands import load
from harness.commands.export import ExportOptions, Format, export
from harness.commands.load import load_experiment
from harness.errors import ConfigError, NothingToDoError, StoreError
from harness.export import figures, table_files
from harness.export.shareable_copy import shared_copy
from harness.storage import experiment_folder
from tests.unit.export.private import HOST, found_in
from tests.unit.stored import text_of

if TYPE_CHECKING:
    from harness.commands.load import Loaded
    from harness.storage.experiment_folder import Experiment

ALL = {
    *("pyperf/3.14.json", "pyperf/3.14t.json", "pyperf/3.14t+gil.json", "pyperf/pypy.json"),
    *("values.csv", "estimates.csv", "splits.csv"),
    *("values.parquet", "estimates.parquet", "splits.parquet"),
    *("summary.md", "action-times.json", "action-speedups.json"),
}


@pytest.fixture
def said(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: Loaded) -> Any:
    """Return a function that exports to a folder, the experiment being analysed already."""
    monkeypatch.setattr(load, "load_experiment", lambda *_, **__: loaded)

    def run(**options: Any) -> str:
        return export("", ExportOptions(**options), results=folder.parent, reports=tmp_path)

    return run


def test_by_default_every_data_format_is_written_beside_the_page(
    said: Any, folder: Path, tmp_path: Path
) -> None:
    text = said()
    into = tmp_path / folder.name / "export"
    files = {str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()}
    assert files == ALL
    for name in ALL:
        assert f"{name} " in text
    assert "left out: 2 processes of 1 cell that failed" in text
    assert text.endswith(f"Export: {into}\n")


def test_the_document_says_the_same(said: Any, tmp_path: Path) -> None:
    found = json.loads(said(is_json=True, into=tmp_path / "x", formats=(Format.CSV, Format.ACTION)))
    sizes = {one["name"]: one["bytes"] for one in found["files"]}
    assert set(sizes) == {name for name in ALL if name.endswith(".csv") or "action" in name}
    assert all((tmp_path / "x" / name).stat().st_size == size for name, size in sizes.items())


def test_the_same_experiment_gives_the_same_bytes(said: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        said(into=tmp_path / name)
    files = [path for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) == len(ALL)
    for path in files:
        again = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert again.read_bytes() == path.read_bytes(), path.name


def test_one_text_can_be_printed(said: Any, tmp_path: Path) -> None:
    assert said(formats=(Format.MARKDOWN,), is_printed=True).startswith("### of last week\n")
    assert said(formats=(Format.CSV,), is_printed=True).startswith("experiment,variant,workload,")
    assert json.loads(said(formats=(Format.ACTION,), is_printed=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"is_printed": True}, "prints one text"),
        ({"is_printed": True, "formats": (Format.CSV, Format.MARKDOWN)}, "prints one text"),
        ({"is_printed": True, "formats": (Format.PARQUET,)}, "prints one text"),
        ({"figures": ("speedup-0-factorise",)}, "did you mean 'speedup-0-factorize'"),
        ({"figures": ("*",), "figure_formats": "svg,gif"}, "'gif' is unknown"),
        ({"figure_formats": "svg"}, "add --figures"),
        ({"results_copy": Path("x"), "is_host_shown": True}, "leaves the host out"),
    ],
)
def test_what_cannot_be_is_refused(said: Any, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        said(**options)


def test_without_the_library_parquet_is_left_out_or_refused(
    said: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(table_files, "has_parquet", lambda: False)
    assert "left out: Parquet" in said(into=tmp_path / "x")
    assert not (tmp_path / "x" / "values.parquet").exists()
    assert "Parquet" not in said(into=tmp_path / "y", formats=(Format.MARKDOWN,))
    with pytest.raises(ConfigError, match="nox -s export installs it"):
        said(formats=(Format.PARQUET,))


def test_a_folder_that_cannot_be_written_is_one_sentence(said: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be written.*--into"):
        said(into=tmp_path / "file" / "deeper", formats=(Format.CSV,))


def test_a_name_that_is_there_as_a_link_is_replaced_and_not_followed(
    said: Any, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "x" / "values.csv").symlink_to(tmp_path / "precious")
    said(into=tmp_path / "x", formats=(Format.CSV,))
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "x" / "values.csv").is_symlink()


@pytest.mark.parametrize("place", ["", "export", "export/pyperf"])
def test_no_link_in_a_folder_of_reports_leads_an_export_out(
    said: Any, folder: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / folder.name / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link: remove it"):
        said(formats=(Format.PYPERF,))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_no_copy_is_written_through_a_link(stored: Experiment, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / stored.manifest.id).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link: remove it"):
        shared_copy(stored, tmp_path)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_figures_are_listed_and_drawn_by_name(said: Any, tmp_path: Path) -> None:
    names = json.loads(said(is_listed=True, is_json=True))["figures"]
    assert "split-0" in names
    assert "split-0" in said(is_listed=True)
    assert "Time of 3.14t against 3.14" in said(is_listed=True)
    said(figures=("split-0",), figure_formats="png", theme="dark", into=tmp_path / "x")
    (path,) = (tmp_path / "x" / "figures").iterdir()
    assert path.read_bytes().startswith(b"\x89PNG")


def test_pictures_come_light_dark_and_without_ground(loaded: Loaded) -> None:
    light = figures.pictures(loaded.analysis, ["contrast-*"])
    dark = figures.pictures(loaded.analysis, ["contrast-*"], is_dark=True)
    clear = figures.pictures(
        loaded.analysis, ["contrast-*"], is_dark=True, is_transparent=True, formats=("png",)
    )
    (png, svg) = sorted(light)
    assert (png.endswith(".png"), svg.endswith(".svg")) == (True, True)
    assert light[svg] == dark[svg]
    assert len({light[png], dark[png], clear[png]}) == 3
    assert light[svg].startswith(b"<?xml")


def test_a_copy_for_others_gives_the_same_numbers(stored: Experiment, tmp_path: Path) -> None:
    copy = experiment_folder.load(shared_copy(stored, tmp_path))
    one = analyse(stored.manifest, stored.outcomes, runs=stored.runs)
    two = analyse(copy.manifest, copy.outcomes, runs=copy.runs)
    assert two.cells == one.cells
    assert two.splits == one.splits
    assert (two.laws, two.warmup, two.grade) == (one.laws, one.warmup, one.grade)
    assert copy.manifest.machine.host == ""
    assert next(each.stderr_tail for each in copy.outcomes if each.stderr_tail) == (
        'File "…/x.py", line 1: …@…'
    )
    shared_copy(stored, tmp_path)  # again, onto the copy
    with pytest.raises(ConfigError, match="the experiment itself"):
        shared_copy(stored, stored.folder.parent)


def renamed(stored: Experiment, into: Path, names: dict[str, str]) -> Path:
    """Write the experiment with other names; return its folder."""
    folder = into / stored.manifest.id
    folder.mkdir(parents=True)
    for name in ("manifest.json", "journal.jsonl"):
        text = text_of(stored.folder / name)
        for old, new in names.items():
            text = text.replace(f'"{old}"', json.dumps(new))
        (folder / name).write_text(text)
    return folder


def test_labels_that_are_paths_stay_apart_in_a_copy(stored: Experiment, tmp_path: Path) -> None:
    names = {"3.14t": "/home/a/python", "pypy": "/home/b/python"}
    odd = renamed(stored, tmp_path / "odd", names)
    copy = load_experiment(shared_copy(experiment_folder.load(odd), tmp_path / "copy"))
    assert [one.label for one in copy.variants] == [
        *("3.14", "…/python", "3.14t+gil", "…/python (2)")
    ]
    assert set(copy.values["variant"]) == {one.label for one in copy.variants}
    assert copy.values["is_estimated"].all()


def test_hostile_names_are_text_in_every_format(stored: Experiment, tmp_path: Path) -> None:
    names = {
        "3.14t": "../../<script>alert(1)</script>\n\x00\u202e",
        "pypy": "=1+1|x",
        "lesson": "]]>`@all`|" + "x" * 150,
        "of last week": "[click](javascript:alert(1)) " * 300,
    }
    odd = renamed(stored, tmp_path / "odd", names)
    text = export("", ExportOptions(into=tmp_path / "x"), results=odd.parent, reports=tmp_path)
    assert text.count("pyperf/") == 4
    assert {path.parent.name for path in (tmp_path / "x").rglob("*.json")} == {"pyperf", "x"}
    for path in (tmp_path / "x" / "pyperf").iterdir():
        assert len(pyperf.BenchmarkSuite.load(str(path)).get_benchmark_names()) > 4
    whole = b"".join(path.read_bytes() for path in (tmp_path / "x").rglob("*.[cjm]*"))
    assert b"\x00" not in whole
    assert "\u202e".encode() not in whole
    frame = pd.read_csv(tmp_path / "x" / "values.csv")
    assert "'=1+1|x" in set(frame["variant"])
    summary = (tmp_path / "x" / "summary.md").read_text()
    assert "\\[click\\](javascript" in summary
    assert len(summary) < 20_000


def test_an_experiment_of_failed_cells_only_has_empty_tables(
    stored: Experiment, tmp_path: Path
) -> None:
    failed = tmp_path / stored.manifest.id
    failed.mkdir()
    (failed / "manifest.json").write_bytes((stored.folder / "manifest.json").read_bytes())
    (line,) = [
        line
        for line in (stored.folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
        if b'"failed"' in line
    ][:1]
    (failed / "journal.jsonl").write_bytes(line)
    loaded = load_experiment(failed)
    assert (len(loaded.values), len(loaded.estimates), len(loaded.splits)) == (0, 0, 0)
    text = export("", ExportOptions(), results=tmp_path, reports=tmp_path / "reports")
    assert "pyperf/" not in text
    assert "left out: 1 process of 1 cell that failed" in text


def test_python_gets_tables_and_facts(folder: Path) -> None:
    found = harness.load(folder.name[:12], results=folder.parent)
    assert (found.id, found.label, found.baseline) == (folder.name, "of last week", "3.14")
    assert repr(found) == f"<experiment {folder.name}: 33 cells, 99 processes>"
    assert (found.machine.cpu_model, found.machine.host) == ("Test CPU", "")
    assert [one.variant for one in found.failures] == ["pypy"]
    assert found.versions["gilscope"] == harness.__version__
    assert len(found.splits) > 0
    shown = harness.load(str(folder), results="nowhere", is_host_shown=True)
    assert shown.machine.host == HOST


def test_importing_the_package_is_quick() -> None:
    code = "import sys, harness; print({'pandas', 'msgspec', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "set()\n"


def test_the_command_line_leads_here(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", "--results", str(folder.parent), "--reports", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--csv", "--figures", "contrast-*", "--format", "svg"])
    assert ended.value.code == 0
    assert "estimates.csv" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main([*words, "--stdout"])
    assert ended.value.code == ConfigError.exit_code


def test_samples_that_come_with_it_can_be_read_and_name_nobody() -> None:
    samples = tuple(Path("results/sample").glob("*/manifest.json"))
    assert samples
    for path in samples:
        assert harness.load(path.parent).analysis.cells
        for file in path.parent.iterdir():
            assert found_in(file.read_bytes(), path.parent) == []


def test_errors_of_loading_name_what_is_wrong(tmp_path: Path, stored: Experiment) -> None:
    with pytest.raises(StoreError, match="no experiment in"):
        load_experiment(results=tmp_path)
    with pytest.raises(StoreError, match="no experiment is called 'nope'"):
        load_experiment("nope", results=stored.folder.parent)
    empty = tmp_path / stored.manifest.id
    empty.mkdir()
    (empty / "manifest.json").write_bytes((stored.folder / "manifest.json").read_bytes())
    with pytest.raises(NothingToDoError, match="has no measurement yet"):
        load_experiment(results=tmp_path)
