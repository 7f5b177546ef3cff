from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import ConfigError
from harness.model import Mode, WorkerSettings
from harness.planning.bench_options import BenchOptions, from_command_line, read_options
from harness.planning.config import PRESETS, resolve

if TYPE_CHECKING:
    from pathlib import Path


CORE = ["factorize", "lesson", "blocking_io", "file_io", "socket_io", "remote_control"]


def test_without_options_the_core_workloads_and_the_default_preset(tmp_path: Path) -> None:
    config = resolve(BenchOptions(), tmp_path)

    assert [one.name for one in config.workloads] == CORE
    assert config.preset == PRESETS["default"]
    assert config.options.threads is None
    assert config.options.mode is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threads": "0"}, "--threads 0 is out of range"),
        ({"threads": "two"}, "--threads 'two' is not a whole number"),
        ({"threads": "1,,2"}, "--threads '' is not a whole number"),
        ({"threads": "-1"}, "--threads '-1' is not a whole number"),
        ({"threads": "²"}, "--threads '²' is not a whole number"),
        ({"threads": "5000"}, "from 1 to 1024"),
        ({"workload": ("factorise",)}, "did you mean 'factorize'"),
        ({"workload": ("qqq/*",)}, "valid: allocate, attribute_read_private, "),
        ({"mode": "thread"}, "did you mean 'threads'"),
        ({"fast": True, "rigorous": True}, "exclude each other"),
        ({"blocks": "0"}, "--blocks 0: must be from 1 to 1000"),
        ({"blocks": "1.5"}, "--blocks 1.5: write a whole number"),
        ({"blocks": "9" * 20}, "must be from 1 to 1000"),
        ({"blocks": "1_000"}, "--blocks 1_000: write a whole number from 1 to 1000"),
        ({"blocks": " 3 "}, "--blocks ' 3 ': write a whole number from 1 to 1000"),
        ({"blocks": "٣"}, "--blocks '٣': write a whole number from 1 to 1000"),
        ({"blocks": 0}, "--blocks 0: must be from 1 to 1000"),
        ({"timeout": 1.5}, "--timeout 1.5: write a whole number"),
        ({"optimized": "o3"}, "optimized = 'o3': write pgo or lto"),
        ({"optimised": "pgo"}, "unknown key 'optimised'; did you mean 'optimized'"),
        ({"seed": "x"}, "--seed x: write a whole number"),
        ({"switch-interval": "5 minutes"}, "write a time such as 5ms or 100us"),
        ({"switch-interval": "0"}, "must be from 1us to 10s"),
        ({"switch-interval": "-1ms"}, "write a time such as 5ms"),
        ({"switch-interval": "1e3"}, "write a time such as 5ms"),
        ({"switch-interval": "11s"}, "must be from 1us to 10s"),
        ({"folder": "a\0b"}, "there is no such folder"),
        ({"folder": "no/such"}, "--folder no/such: there is no such folder"),
        ({"memory": "yes"}, "memory = 'yes': write true or false"),
        ({"label": "x" * 201}, "--label has 201 characters"),
    ],
)
def test_a_bad_value_is_named_with_its_fix(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(read_options(options), tmp_path)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5ms", 0.005), ("100us", 1e-4), ("100 µs", 1e-4), ("0.5", 0.5), (".5ms", 5e-4), ("2s", 2.0)],
)
def test_a_switch_interval_is_a_time_with_its_unit(
    tmp_path: Path, text: str, seconds: float
) -> None:
    found = resolve(
        read_options({"switch-interval": text}), tmp_path
    ).options.worker.switch_interval_s

    assert found == pytest.approx(seconds)


def test_the_file_names_switch_interval_folder_and_memory(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "gilscope.toml").write_text(
        'switch-interval = "1ms"\nfolder = "disk"\nmemory = true\n'
    )

    config = resolve(BenchOptions(), tmp_path)

    assert config.options.worker.switch_interval_s == pytest.approx(0.001)
    assert config.folder == tmp_path / "disk"
    assert config.options.memory


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="--folder file: there is no such folder"):
        resolve(read_options({"folder": "file"}), tmp_path)


def test_thread_counts_are_sorted_and_distinct(tmp_path: Path) -> None:
    assert resolve(read_options({"threads": "4, 1,2,4"}), tmp_path).options.threads == (1, 2, 4)


def test_the_file_gives_defaults_and_options_win(tmp_path: Path) -> None:
    (tmp_path / "gilscope.toml").write_text(
        'threads = [1, 8]\nworkload = "factorize"\nmode = "threads"\nseed = 3\nfast = true\n'
    )

    config = resolve(
        from_command_line({"threads": "2", "workload": (), "seed": None, "fast": False})[0],
        tmp_path,
    )

    assert config.options.threads == (2,)
    assert [one.name for one in config.workloads] == ["factorize"]
    assert config.options.mode == (Mode.THREADS,)
    assert config.seed == 3
    assert config.preset == PRESETS["fast"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("thread = 2\n", "unknown key 'thread'; did you mean 'threads'"),
        ("threads = \n", "not valid TOML"),
        ("workload = 3\n", "write a text or a list of texts"),
        ("blocks = true\n", "--blocks True: write a whole number"),
        ("baseline = 3\n", "baseline = 3: write a text in quotes"),
        ("label = true\n", "label = True: write a text in quotes"),
        ('fast = "no"\n', "fast = 'no': write true or false"),
        ("threads = []\n", "--threads '' is not a whole number"),
        ("mode = []\n", "unknown mode ''"),
    ],
)
def test_a_bad_file_is_an_error_that_names_it(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "gilscope.toml").write_text(text)

    with pytest.raises(ConfigError) as caught:
        resolve(BenchOptions(), tmp_path)

    assert message in str(caught.value)


def test_a_glob_and_a_tag_select_workloads(tmp_path: Path) -> None:
    by_glob = resolve(read_options({"workload": ("block*",)}), tmp_path).workloads
    by_tag = resolve(read_options({"workload": ("core",)}), tmp_path).workloads

    assert [one.name for one in by_glob] == ["blocking_io"]
    assert [one.name for one in by_tag] == CORE


def test_a_preset_given_as_an_option_replaces_the_files(tmp_path: Path) -> None:
    (tmp_path / "gilscope.toml").write_text("fast = true\n")

    assert resolve(read_options({"rigorous": True}), tmp_path).preset == PRESETS["rigorous"]


def test_a_seed_of_zero_counts_however_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "gilscope.toml").write_text("seed = 0\n")

    assert resolve(BenchOptions(), tmp_path).seed == 0
    assert resolve(BenchOptions(seed=0), tmp_path / "none").seed == 0
    assert resolve(from_command_line({"seed": "0"})[0], tmp_path / "none").seed == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blocks": 0}, "--blocks 0: must be from 1 to 1000"),
        ({"threads": (0,)}, "write counts from 1 to 1024"),
        ({"precision": 2.0}, "--precision 2.0: must be from 0.1% to 50%"),
        ({"label": 3}, "label = 3: write a text in quotes"),
    ],
)
def test_options_made_in_python_are_checked_too(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BenchOptions(**options)

    assert message in str(caught.value)


def test_every_setting_of_a_worker_is_an_option() -> None:
    assert set(WorkerSettings.__struct_fields__) <= set(BenchOptions.__struct_fields__)
    options = read_options({"switch-interval": "2ms"})
    assert options.worker == WorkerSettings(switch_interval_s=0.002)


def test_what_click_does_not_know_as_an_option_of_ours_is_left() -> None:
    options, others = from_command_line({"time_budget": "2m", "memory": False, "resume": None})

    assert options.given() == {"time-budget": 120.0}
    assert others == {"resume": None}
