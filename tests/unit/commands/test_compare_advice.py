"""The command that decides a comparison better can be run, and measures what was compared."""

from __future__ import annotations

import dataclasses
import shlex
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.comparing.compare import compare
from harness.analysis.comparing.comparison import Choice
from harness.analysis.comparing.sides import ComparisonInput, Key
from harness.commands.compare_advice import better_way
from harness.interpreters import parse_all
from harness.model import Optimised
from tests.unit.analysis.sides import experiment, file, sample

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


def ways(old: ComparisonInput, new: ComparisonInput) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return better_way(old, new, compare(old, new, Choice(threshold=0.02), {}).compared)


def test_both_builds_are_named_by_their_paths_where_they_still_are(tmp_path: Path) -> None:
    paths = [tmp_path / name / "python 3" for name in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.touch()

    _, (command,) = ways(side("1", str(paths[0])), side("2", str(paths[1])))

    words = shlex.split(command)
    assert words == [
        *("nox", "-s", "bench", "--"),
        *("--interpreter", f"old={paths[0]}", "--interpreter", f"new={paths[1]}"),
        *("--baseline", "old", "--workload", "factorize"),
    ]


def test_an_environment_goes_behind_the_path(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()
    old, new = side("1", str(python)), side("2", str(python))
    forced = tuple(
        msgspec.structs.replace(one, environment=(("PYTHON_GIL", "1"), ("PYTHONHASHSEED", "0")))
        for one in new.variants
    )

    _, commands = ways(old, dataclasses.replace(new, variants=forced))

    words = [word for command in commands for word in shlex.split(command)]
    spec = f"new={python}?env=PYTHON_GIL=1&env=PYTHONHASHSEED=0"
    assert spec in words
    (request,) = parse_all((spec,), optimised=Optimised.ANY)
    assert request.label == "new"


def test_a_build_that_another_has_replaced_is_to_be_named_by_the_user(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()

    told, (command,) = ways(side("1", str(python)), side("2", str(python)))

    assert "old=PATH-OF-THE-OLD-BUILD" in command
    assert any("another build now" in one for one in told)


def test_a_build_that_is_gone_is_named_by_what_was_asked_for() -> None:
    old, new = side("1", "/gone/a"), side("2", "/gone/b")
    newer = tuple(msgspec.structs.replace(one, spec=f"{one.spec}.1") for one in new.variants)

    _, (command,) = ways(old, dataclasses.replace(new, variants=newer))

    assert "--interpreter old=3.14t --interpreter new=3.14t.1" in command


def test_a_workload_of_the_user_is_named_with_its_file() -> None:
    _, (command,) = ways(side("1", "/a", source="my.py"), side("2", "/b", source="my.py"))

    assert command.endswith("--workload my.py::factorize")


def test_of_equal_builds_no_command_is_made() -> None:
    told, commands = ways(side("1", "/a"), side("1", "/a"))

    assert commands == ()
    assert "not from an interpreter" in told[0]


def test_pyperf_files_become_a_workload_under_both_interpreters() -> None:
    one = file({"a": sample([0.0, 0.1])}, executable="/opt/a/python")
    two = dataclasses.replace(one, executable="/opt/b/python")

    told, (command,) = ways(one, two)
    assert "--interpreter old=/opt/a/python --interpreter new=/opt/b/python" in command
    assert "workload -- new NAME" in told[0]
    told, commands = ways(one, one)
    assert commands == ()
    assert "keep a copy" in told[0]
    _, (unknown,) = ways(dataclasses.replace(one, executable=""), two)
    assert "old=PATH-OF-THE-OLD-BUILD" in unknown


def test_the_variant_that_a_file_was_compared_with_is_named() -> None:
    held = side("1", "/gone")
    one = file({"factorize/threads=1": sample([0.0, 0.1])}, executable="/opt/a/python")
    cells = compare(one, held, Choice(threshold=0.02, variants=(("3.14t", "3.14t"),)), {}).compared

    _, (command,) = better_way(one, held, cells)

    assert "--interpreter old=/opt/a/python --interpreter new=3.14t " in command
