"""What is read around a job, from recorded trees, and the canary."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import types
from typing import TYPE_CHECKING, Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.execution import telemetry
from harness.machine import canary, surroundings
from harness.machine.load import busy_s
from harness.machine.sensors import frequency_hz, temperature_c
from harness.model import Cell, Outcome
from tests.unit import fakes

if TYPE_CHECKING:
    from pathlib import Path

CPU = "sys/devices/system/cpu"
BARE_METAL = {
    f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "3400000",
    f"{CPU}/cpu1/cpufreq/scaling_cur_freq": "3600000",
    f"{CPU}/cpu2/cpufreq/scaling_cur_freq": "800000",
    "sys/class/thermal/thermal_zone0/type": "acpitz",
    "sys/class/thermal/thermal_zone0/temp": "99000",
    "sys/class/thermal/thermal_zone1/type": "x86_pkg_temp",
    "sys/class/thermal/thermal_zone1/temp": "61000",
    "sys/class/hwmon/hwmon0/name": "nvme",
    "sys/class/hwmon/hwmon0/temp1_input": "98000",
    "sys/class/hwmon/hwmon1/name": "coretemp",
    "sys/class/hwmon/hwmon1/temp1_input": "62000",
    "sys/class/hwmon/hwmon1/temp2_input": "64500",
    "sys/class/hwmon/hwmon1/temp3_input": "-128000",
}
STAT = """cpu  1000 10 500 9000 100 5 5 40 7 0
cpu0 600 10 300 4000 50 5 5 30 7 0
cpu1 400 0 200 5000 50 0 0 10 0 0
intr 12345"""


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return root


def cpuinfo(*clocks: str) -> dict[str, str]:
    lines = [f"processor\t: {cpu}\ncpu MHz\t\t: {clock}\n" for cpu, clock in enumerate(clocks)]
    return {"proc/cpuinfo": "\n".join(lines)}


def test_the_clock_is_the_mean_of_the_usable_cpus(tmp_path: Path) -> None:
    assert frequency_hz(tree(tmp_path, BARE_METAL), {0, 1}) == 3.5e9


def test_cpuinfo_tells_the_clock_only_where_it_varies(tmp_path: Path) -> None:
    live = tree(tmp_path / "live", cpuinfo("3100.5", "2900.5", "800.0"))
    assert frequency_hz(live, {0, 1}) == pytest.approx(3.0005e9)
    nominal = tree(tmp_path / "nominal", cpuinfo("2596.144", "2596.144"))
    assert frequency_hz(nominal, {0, 1}) is None
    assert frequency_hz(tmp_path / "nothing", {0, 1}) is None


@pytest.mark.parametrize("clock", ["0", "-5", "1" + "0" * 40, "nan", "", "99999999999"])
def test_a_clock_that_cannot_be_is_none(tmp_path: Path, clock: str) -> None:
    root = tree(tmp_path, {f"{CPU}/cpu0/cpufreq/scaling_cur_freq": clock, **cpuinfo(clock, "x")})
    assert frequency_hz(root, {0}) is None


def test_the_heat_is_the_processors_hottest_and_nobody_elses(tmp_path: Path) -> None:
    assert temperature_c(tree(tmp_path, BARE_METAL)) == 64.5


@pytest.mark.parametrize(
    ("zone", "is_processor"),
    [
        ("cpu-thermal", True),
        ("cpu_thermal", True),
        ("cpu0-thermal", True),
        ("soc-thermal", True),
        ("soc_max", True),
        ("bigcore-cpu1", True),
        ("x86_pkg_temp", True),
        ("acpitz", False),
        ("gpu-thermal", False),
        ("iwlwifi_1", False),
        ("battery", False),
        ("pch_cannonlake", False),
    ],
)
def test_thermal_zones_of_the_processor_are_known(
    tmp_path: Path,
    zone: str,
    is_processor: bool,  # noqa: FBT001
) -> None:
    folder = "sys/class/thermal/thermal_zone0"
    root = tree(tmp_path, {f"{folder}/type": zone, f"{folder}/temp": "50000"})
    assert (temperature_c(root) == 50.0) is is_processor


@pytest.mark.parametrize("heat", ["0", "-273000", "255000", "x", ""])
def test_a_sensor_that_is_not_wired_up_is_none(tmp_path: Path, heat: str) -> None:
    folder = "sys/class/hwmon/hwmon0"
    root = tree(tmp_path, {f"{folder}/name": "k10temp", f"{folder}/temp1_input": heat})
    assert temperature_c(root) is None


def test_cpus_are_busy_neither_idle_nor_stolen(tmp_path: Path) -> None:
    root = tree(tmp_path, {"proc/stat": STAT})
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    assert busy_s(root, {0}) == pytest.approx(920 * tick_s)
    assert busy_s(root, {0, 1}) == pytest.approx(1520 * tick_s)
    assert busy_s(root, {0, 7}) is None
    assert busy_s(root, ()) is None
    assert busy_s(tmp_path / "nothing", {0}) is None


def test_the_canary_does_the_same_work_every_time() -> None:
    assert canary._work() == canary._work()
    assert canary.VERSION == 1
    # Whoever changes the work changes the version, and this number with it.
    assert canary._work() == 995_008_641


def test_the_canary_takes_time_and_leaves_nothing_to_collect() -> None:
    before = gc.get_count()[0]
    assert 0 < canary.canary_s() < 10
    assert gc.get_count()[0] - before < 50


def test_a_machine_of_which_nothing_can_be_read_is_looked_at_all_the_same(tmp_path: Path) -> None:
    around = surroundings({0}, root=tmp_path)
    assert around.steal_and_total() is None
    assert around.others_s() is None
    assert around.frequency_hz() is None
    assert around.temperature_c() is None


def looked_at(**seen: list[object]) -> dict[str, float | None]:
    """Observe a job of half a second; each look answers the next of what is listed."""
    changes: dict[str, Any] = {name: iter(values).__next__ for name, values in seen.items()}
    own_s = changes.pop("own_s", lambda: 0.0)
    clock = types.SimpleNamespace(monotonic=iter([7.0, 7.5]).__next__)
    with mock.patch.object(telemetry, "time", clock):
        around = dataclasses.replace(fakes.AROUND, **changes)
        result, found = telemetry.observed(lambda: "result", around, own_s=own_s)
    assert result == "result"
    return found


def test_what_others_took_is_their_cpu_time_over_the_jobs() -> None:
    assert looked_at(others_s=[10.0, 10.4])["others_cpus"] == pytest.approx(0.8)
    assert looked_at(others_s=[10.0, 9.9])["others_cpus"] == 0
    assert looked_at(others_s=[None, 9.9])["others_cpus"] is None
    assert looked_at(others_s=[10.0, None])["others_cpus"] is None


def test_what_our_canaries_took_was_not_taken_by_others() -> None:
    found = looked_at(others_s=[10.0, 10.4], own_s=[5.0, 5.3])

    assert found["others_cpus"] == pytest.approx(0.2)


def test_steal_is_a_share_and_never_less_than_nothing() -> None:
    assert looked_at(steal_and_total=[(10, 100), (15, 200)])["stolen"] == 0.05
    assert looked_at(steal_and_total=[(10, 100), (5, 200)])["stolen"] == 0
    assert looked_at(steal_and_total=[(10, 100), (500, 200)])["stolen"] == 1
    assert looked_at(steal_and_total=[(10, 100), (10, 100)])["stolen"] is None
    assert looked_at(steal_and_total=[None, (10, 100)])["stolen"] is None


def line(**changes: object) -> bytes:
    cell: Cell = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,)).cells[0]
    stored = json.loads(msgspec.json.encode(fakes.outcome_of(cell, 1)))
    return json.dumps({**stored, **changes}).encode()


NEW = ("others_cpus", "canary_s", "frequency_hz", "temperature_c")


def test_a_journal_from_before_these_were_looked_at_is_read() -> None:
    stored = json.loads(line())
    for name in NEW:
        stored.pop(name)
    old = msgspec.json.decode(json.dumps(stored).encode(), type=Outcome)
    assert [getattr(old, name) for name in NEW] == [None] * 4


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e308, 1e308, "1", [1]])
def test_numbers_that_no_machine_has_are_refused(name: str, value: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(line(**{name: value}), type=Outcome)


@pytest.mark.parametrize(
    ("name", "value"), [("canary_s", 0), ("frequency_hz", 0), ("canary_s", -1)]
)
def test_what_a_logarithm_is_taken_of_is_above_zero(name: str, value: float) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(line(**{name: value}), type=Outcome)


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_text_of_a_sensor_leads_out_of_the_bounds(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    root = tree(
        tmp_path_factory.mktemp("tree"),
        {
            f"{CPU}/cpu0/cpufreq/scaling_cur_freq": text,
            "sys/class/hwmon/hwmon0/name": "coretemp",
            "sys/class/hwmon/hwmon0/temp1_input": text,
        },
    )
    hertz, heat = frequency_hz(root, {0}), temperature_c(root)
    assert hertz is None or 1e7 <= hertz <= 2e10
    assert heat is None or 1 <= heat <= 130
