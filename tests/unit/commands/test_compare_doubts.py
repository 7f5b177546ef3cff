"""What is said before a comparison is believed: quick looks, other machines, common causes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.commands.compare_cases import NEW, OLD, pyperf_file, run, stored


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("quick", [{"fast": True}, {"blocks": 4}])
def test_quick_looks_tell_nothing_of_what_runs_differ_by(
    quick: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        stored(f"2025010{number}T000000Z-cccccc", drift=number * 0.5, **quick)
    stored(OLD)
    stored(NEW, digest="two", effect=0.5)

    assert run(OLD, NEW, "--json", "--no-anchor") == 0

    (basis,) = {one["basis"] for one in json.loads(capsys.readouterr().out)["cells"]}
    assert basis == "run-to-run unknown"


def test_cells_that_all_took_longer_are_the_first_thing_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    stored(NEW, digest="two", drift=1.0)

    assert run(OLD, NEW) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("caution: All 8 cells are slower in new, by 2.7")


@pytest.mark.parametrize("factor", [4.0, 0.25])
def test_benchmarks_that_all_moved_alike_are_doubted(
    factor: float, capsys: pytest.CaptureFixture[str]
) -> None:
    times = {f"b{index}": 0.1 for index in range(5)}
    old = pyperf_file("old.json", times)
    new = pyperf_file("new.json", {name: time_s * factor for name, time_s in times.items()})
    mixed = pyperf_file("mixed.json", {**times, **dict.fromkeys(("b0", "b1", "b2"), 0.1 * factor)})

    run(old, new, "--json")
    (caution,) = json.loads(capsys.readouterr().out)["cautions"]
    run(old, mixed, "--json")

    assert caution.startswith(f"All 5 cells are {'slower' if factor > 1 else 'faster'} in new")
    assert json.loads(capsys.readouterr().out)["cautions"] == []


def test_files_of_one_interpreter_are_doubted_whatever_they_are_called(
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = {"python_version": "3.6.1 (64-bit)", "python_implementation": "cpython"}
    old, new = (pyperf_file(name, {"a": 1.0}, **facts) for name in ("py36.json", "py38.json"))

    run(old, new, "--json")

    (caution,) = json.loads(capsys.readouterr().out)["cautions"]
    assert caution.startswith(
        "Both files name the same interpreter, cpython 3.6.1 (64-bit). Whether"
    )


def test_two_kinds_of_build_are_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("'--with-pydebug'", "'--enable-optimizations' '--with-lto'")
    names = [
        pyperf_file(f"{index}.json", {"a": 1.0}, python_config_args=text)
        for index, text in enumerate(options)
    ]

    run(*names, "--json")

    (caution,) = json.loads(capsys.readouterr().out)["cautions"]
    assert caution == "The old build is a debug build, the new one built with PGO and LTO."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fv-az1787-464", "fv-az915-377"),
        ("web-5d4f8c9b7-x2x4z", "web-5d4f8c9b7-q9k2b"),
        ("box.local", "BOX.vpn.example"),
    ],
)
def test_one_machine_may_have_several_names(
    one: str, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = pyperf_file("old.json", {"a": 1.0}, hostname=one)
    new = pyperf_file("new.json", {"a": 1.0}, hostname=other)

    assert run(old, new) == 0
    assert ("is not known" in capsys.readouterr().out.split("benchmark")[0]) == (one[0] != "b")


def test_two_names_are_said_to_be_one_machine_once(capsys: pytest.CaptureFixture[str]) -> None:
    names = [
        pyperf_file(f"{index}.json", {"a": 1.0}, hostname=host)
        for index, host in enumerate(("ada-laptop", "dhcp-guest", "third"))
    ]

    assert run(names[0], names[1]) == 2
    assert "say so with --same-machine" in capsys.readouterr().err
    assert run(names[0], names[1], "--same-machine") == 0
    assert run(names[1], names[0]) == 0
    assert run(names[0], names[2]) == 2


def test_another_cpu_is_another_machine_whatever_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = pyperf_file("old.json", {"a": 1.0}, hostname="one", cpu_model_name="Red")
    new = pyperf_file("new.json", {"a": 1.0}, hostname="two", cpu_model_name="Blue")

    assert run(old, new, "--same-machine") == 2
    assert "CPU model: Red / Blue" in capsys.readouterr().err


def test_the_last_two_experiments_have_names() -> None:
    stored(OLD)
    stored(NEW)

    assert run("prev", "last") == 0
    assert [*Path("reports").glob(f"compare-{OLD}-{NEW}-*")]


def test_a_gate_below_what_matters_trips_for_nothing_that_the_table_calls_unchanged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    stored(NEW, digest="two", effect=0.1)
    gate = ("--fail-if", "slower>5%", "--threshold", "20%")

    assert run(OLD, NEW, *gate) == 0
    out = capsys.readouterr().out
    assert "unchanged within 20" in out
    assert "8 cells tested, for more than 20 %: here a smaller difference does not matter" in out
    assert run(OLD, NEW, "--fail-if", "slower>5%") == 10
