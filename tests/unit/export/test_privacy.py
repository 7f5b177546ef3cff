"""Nothing that is published names a host, a user or a folder, unless that is wanted."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from pathlib import Path

import pandas as pd

from harness.commands.compare import CompareOptions, make_comparison
from harness.commands.export import ExportOptions, Format, export
from harness.commands.report import report
from harness.report.redaction import scrub
from tests.unit.export.private import HOME, HOST, USER, found_in, is_own_word
from tests.unit.stored import edit


def test_the_search_finds_what_is_packed() -> None:
    nowhere = Path("/nowhere")
    packed = base64.b64encode(gzip.compress(f"at {HOME}".encode())).decode()
    assert found_in(b"nothing", nowhere) == []
    assert USER in found_in(f'href="data:a/b;base64,{packed}"'.encode(), nowhere)
    assert HOST in found_in(f'href="data:text/csv;charset=utf-8,a%2C{HOST}"'.encode(), nowhere)


def test_a_computer_called_like_a_word_of_the_page_proves_nothing() -> None:
    assert is_own_word("Baseline")
    assert is_own_word("threads")
    assert not is_own_word("magrathea-" + "17")


def test_a_page_and_what_it_carries_say_nothing(folder: Path, tmp_path: Path) -> None:
    page = report(folder, tmp_path, is_json=False).page.read_bytes()
    assert page.count(b"data:application/gzip;base64,") == 4
    assert found_in(page, folder.parent) == []


def test_exports_say_nothing(folder: Path, tmp_path: Path) -> None:
    results, into = folder.parent, tmp_path / "into"
    export("", ExportOptions(into=into), results=results, reports=tmp_path)
    export("", ExportOptions(into=into, figures=("split-*",)), results=results, reports=tmp_path)
    files = [path for path in into.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".csv", ".parquet", ".md", ".svg", ".png"}
    for path in files:
        assert found_in(path.read_bytes(), results) == [], path.name
        if path.suffix == ".parquet":
            assert found_in(pd.read_parquet(path).to_csv().encode(), results) == []


def test_a_copy_for_others_says_nothing(folder: Path, tmp_path: Path) -> None:
    export(
        "", ExportOptions(results_copy=tmp_path / "copy"), results=folder.parent, reports=tmp_path
    )
    for path in (tmp_path / "copy" / folder.name).iterdir():
        assert found_in(path.read_bytes(), folder.parent) == [], path.name


def test_a_comparison_says_nothing_unless_asked_to(folder: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(folder, results / folder.name)
    other = results / "20200101T000000Z-other"
    shutil.copytree(folder, other)
    edit(other / "manifest.json", lambda text: text.replace(folder.name, other.name))
    sides = (other.name, folder.name)

    made = make_comparison(sides, CompareOptions(), results=results, reports=tmp_path)
    assert found_in(made.page.read_bytes(), results) == []
    shown = CompareOptions(is_host_shown=True)
    made = make_comparison(sides, shown, results=results, reports=tmp_path)
    assert HOST in found_in(made.page.read_bytes(), results)


def test_with_the_host_a_page_names_it_and_real_paths(folder: Path, tmp_path: Path) -> None:
    page = report(folder, tmp_path, is_json=False, is_host_shown=True).page.read_bytes()
    assert {USER, HOST, HOME} <= set(found_in(page, folder.parent))
    assert f"{HOME}/builds/3.14t/bin/python".encode() in page


def test_with_the_host_a_suite_has_what_pyperf_found(folder: Path, tmp_path: Path) -> None:
    options = ExportOptions(formats=(Format.PYPERF,), is_host_shown=True, into=tmp_path)
    export("", options, results=folder.parent, reports=tmp_path)
    suite = json.loads((tmp_path / "pyperf" / "3.14.json").read_bytes())
    assert suite["metadata"]["hostname"] == HOST
    assert suite["metadata"]["python_cflags"] == f"-I{HOME}/include"
    assert "gilscope_odd" not in suite["metadata"]


def test_even_with_the_host_no_text_can_do_anything() -> None:
    raw = "\x1b[31m/home/ada\u202e at https://ada:secret@example.org\x00"
    assert scrub(raw, is_host_shown=True) == "/home/ada\ufffd at https://example.org\ufffd"
    assert len(scrub("a" * 100_000, is_host_shown=True)) < 9_000
