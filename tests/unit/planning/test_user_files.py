"""Files of own workloads: which are meant, what their header asks for, where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.commands import workload_new
from harness.errors import ConfigError, StoreError
from harness.planning.plan import make_plan
from harness.planning.script_metadata import Needs, read_header
from harness.planning.user_files import find_files, is_own
from harness.user_workloads.locations import recall, remember
from tests.unit import fakes

if TYPE_CHECKING:
    from pathlib import Path

CODE = "from workloads import workload\n"


@pytest.mark.parametrize(
    "pattern", ["my.py", "./my.py", "../a/my.py::x*", "mypackage.bench", "bench::x"]
)
def test_a_file_or_a_module_is_not_taken_for_a_built_in_workload(pattern: str) -> None:
    assert is_own(pattern)


@pytest.mark.parametrize("pattern", ["factorize", "shared/*", "*", "core", "fact[oi]rize", "x\0/y"])
def test_a_name_a_glob_and_a_family_are_built_in(pattern: str) -> None:
    assert not is_own(pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("no.py", "--workload no.py: no such file"),
        ("folder.py", "--workload folder.py: is a folder"),
        ("./notes.txt", "does not end with .py"),
        ("binary.py", "is not a Python file"),
        ("my.bench", "--workload my.bench: no module of this name"),
        ("x" * 5000 + ".py", "File name too long"),
        ("two.py", "has 2 PEP 723 headers"),
    ],
)
def test_what_is_no_file_of_workloads_is_refused_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "notes.txt").write_text(CODE)
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "two.py").write_text("# /// script\n# x = 1\n# ///\n\n" * 2)

    assert is_own(pattern)
    with pytest.raises(ConfigError) as refused:
        find_files([pattern], tmp_path)

    assert said in str(refused.value)


def test_one_file_named_twice_is_read_once_and_both_names_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "my.py").write_text(CODE)

    (file,) = find_files(["my.py::one", "my.py::two*"], tmp_path)

    wanted = [name for name in ("one", "two", "twofold", "three") if file.wants(name)]
    assert wanted == ["one", "two", "twofold"]


def test_a_header_says_what_is_needed() -> None:
    lines = ("/// script", 'requires-python = ">=3.12"', "dependencies = [", '"b", "a>1"]', "///")

    needs = read_header("".join(f"# {line}\r\n" for line in lines), "my.py")

    assert needs == Needs(dependencies=("a>1", "b"), requires_python=">=3.12")
    assert needs.refusal("3.14.0b1") == ""
    assert needs.refusal("3.11.15") == "is Python 3.11.15, and the file requires >=3.12"


@pytest.mark.parametrize("value", ['"numpy"', "[1]", '["a b c"]', '["--index-url=x"]'])
def test_dependencies_that_are_none_are_refused(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^my\.py"):
        read_header(f"# /// script\n# dependencies = {value}\n# ///\n", "my.py")


def test_an_obstacle_is_a_skipped_row_and_no_cell_and_moves_the_baseline() -> None:
    labels = ("3.14", "3.14t")
    plan = make_plan(
        fakes.config(labels, workloads=("factorize",)),
        variants=tuple(fakes.variant(label) for label in labels),
        sweep=(1, 2),
        usable_cpus=2,
        obstacles={("3.14", "factorize"): "no wheel"},
    )

    assert {cell.variant for cell in plan.cells} == {"3.14t"}
    assert plan.baseline == "3.14t"
    assert {(row.variant, row.reason) for row in plan.skipped} == {("3.14", "no wheel")}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../x", "a name is a letter"),
        ("<b>", "a name is a letter"),
        ("json", "try my_json"),
        ("class", "try my_class"),
        ("workloads", "try my_workloads"),
        ("factorize", "a built-in workload has this name"),
    ],
)
def test_a_new_file_has_a_name_that_is_free(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        workload_new.new(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_overwrites_nothing(tmp_path: Path) -> None:
    path = workload_new.new("mine", tmp_path)
    path.write_text("precious")

    with pytest.raises(ConfigError, match=r"mine\.py cannot be written: File exists; give another"):
        workload_new.new("mine.py", tmp_path)
    assert path.read_text() == "precious"


def test_where_a_file_is_is_kept_for_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "my.py").write_text(CODE)
    files = find_files(["my.py"], tmp_path)
    plan = fakes.plan(("3.14",), workloads=("factorize",))
    own = msgspec.structs.replace(plan.workloads[0], source="my.py", digest=files[0].digest)
    plan = msgspec.structs.replace(plan, workloads=(own,))

    with pytest.raises(StoreError, match="give the file too"):
        recall("id", plan, ())
    remember("id", files)
    assert recall("id", plan, ()) == {"my.py": files[0]}
    (tmp_path / "my.py").write_text("# changed\n")
    with pytest.raises(StoreError, match=r"the digest of my\.py was"):
        recall("id", plan, ())
