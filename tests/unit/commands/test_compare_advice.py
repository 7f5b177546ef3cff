"""The command that decides a comparison better can be run, and measures what was compared."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.comparing.compare import compare
from harness.analysis.comparing.comparison import Choice
from harness.analysis.comparing.sides import ComparisonInput, Key
from harness.commands.compare_advice import better_way
from harness.interpreters import parse_all
from harness.model import Optimised
from tests.unit.analysis.sides import PLACE, experiment, file, sample

if TYPE_CHECKING:
    from pathlib import Path


def side(digest: str, path: str, **changes: object) -> ComparisonInput:
    keys = (Key("3.14", "factorize/threads=1"), Key("3.14t", "factorize/threads=1"))
    one = experiment(
        {key: sample([0.0, 0.1, 0.2], **changes) for key in keys}, {"3.14": "same", "3.14t": digest}
    )
    variants = tuple(
        msgspec.structs.replace(each, build=msgspec.structs.replace(each.build, path=path))
        if each.label == "3.14t"
        else each
        for each in one.variants
    )
    return dataclasses.replace(one, variants=variants)


def ways(
    old: ComparisonInput, new: ComparisonInput
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    cells = compare(old, new, Choice(threshold=0.02), {}).compared
    return better_way(old, new, cells, here=PLACE.host)


def test_both_builds_are_named_by_their_paths_where_they_still_are(tmp_path: Path) -> None:
    paths = [tmp_path / name / "python 3" for name in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.touch()

    _, (command,) = ways(side("1", str(paths[0])), side("2", str(paths[1])))

    assert command == (
        *("--interpreter", f"old={paths[0]}", "--interpreter", f"new={paths[1]}"),
        *("--baseline", "old", "--workload", "factorize"),
    )


def test_an_environment_goes_behind_the_path(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()
    old, new = side("1", str(python)), side("2", str(python))
    forced = tuple(
        msgspec.structs.replace(one, environment=(("PYTHON_GIL", "1"), ("PYTHONHASHSEED", "0")))
        for one in new.variants
    )

    _, commands = ways(old, dataclasses.replace(new, variants=forced))

    words = [word for command in commands for word in command]
    spec = f"new={python}?env=PYTHON_GIL=1&env=PYTHONHASHSEED=0"
    assert spec in words
    (request,) = parse_all((spec,), optimised=Optimised.ANY)
    assert request.label == "new"


def test_a_build_that_another_has_replaced_is_in_no_command(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()

    told, commands = ways(side("1", str(python)), side("2", str(python)))

    assert commands == ()
    assert any("another build now" in one for one in told)


def test_a_build_that_is_gone_is_named_by_what_was_asked_for() -> None:
    old, new = side("1", "/gone/a"), side("2", "/gone/b")

    _, (command,) = ways(old, with_spec(new, "3.14t.1"))

    assert command[:4] == ("--interpreter", "old=3.14t", "--interpreter", "new=3.14t.1")


@pytest.mark.parametrize(
    "spec", ["/gone/b", "./b", "~/b", r"C:\b\python.exe", "git:main@../cpython"]
)
def test_a_path_that_is_not_here_is_in_no_command(spec: str) -> None:
    told, commands = ways(side("1", "/gone/a"), with_spec(side("2", "/gone/b"), spec))

    assert commands == ()
    assert spec not in " ".join(told)
    assert "the new build is not on this computer" in told[1]


def test_a_path_of_another_computer_is_in_no_command(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()
    old, new = side("1", str(python)), side("2", "/gone/b")
    cells = compare(old, new, Choice(threshold=0.02), {}).compared

    _, ((_, here, *_),) = better_way(old, with_spec(new, "3.15t"), cells, here=PLACE.host)
    _, ((_, elsewhere, *_),) = better_way(old, with_spec(new, "3.15t"), cells, here="laptop")

    assert (here, elsewhere) == (f"old={python}", "old=3.14t")


def with_spec(side: ComparisonInput, spec: str) -> ComparisonInput:
    variants = tuple(msgspec.structs.replace(one, spec=spec) for one in side.variants)
    return dataclasses.replace(side, variants=variants)


def test_a_workload_of_the_user_is_named_with_its_file_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old = side("1", "/a", source="my.py")
    new = with_spec(side("2", "/b", source="my.py"), "3.15t")

    told, commands = ways(old, new)
    assert commands == ()
    assert "a workload's file is not on this computer" in told[1]
    (tmp_path / "my.py").touch()
    _, (command,) = ways(old, new)
    assert command[-2:] == ("--workload", "my.py::factorize")


def test_of_equal_builds_no_command_is_made() -> None:
    told, commands = ways(side("1", "/a"), side("1", "/a"))

    assert commands == ()
    assert "not from an interpreter" in told[0]


def test_of_pyperf_files_no_command_is_made() -> None:
    one = file({"a": sample([0.0, 0.1])}, executable="/opt/a/python")

    told, commands = ways(one, dataclasses.replace(one, executable=r"C:\b\python.exe"))
    assert commands == ()
    assert "docs/own_workloads.md" in told[0]
    assert "python" not in told[0].replace("interpreters", "")
    told, commands = ways(one, one)
    assert commands == ()
    assert "keep a copy" in told[0]
