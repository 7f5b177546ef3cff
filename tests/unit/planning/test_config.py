from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import ConfigError
from harness.model import Mode
from harness.planning.config import PRESETS, resolve

if TYPE_CHECKING:
    from pathlib import Path


CORE = ["factorize", "lesson", "blocking_io", "file_io", "socket_io", "remote_control"]


def test_without_options_the_core_workloads_and_the_default_preset(tmp_path: Path) -> None:
    config = resolve({}, tmp_path)

    assert [one.name for one in config.workloads] == CORE
    assert config.preset == PRESETS["default"]
    assert config.threads is None
    assert config.modes is None


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
        ({"seed": "x"}, "--seed x: write a whole number"),
        ({"switch_interval": "5 minutes"}, "write a time such as 5ms or 100us"),
        ({"switch_interval": "0"}, "must be from 1us to 10s"),
        ({"switch_interval": "-1ms"}, "write a time such as 5ms"),
        ({"switch_interval": "1e3"}, "write a time such as 5ms"),
        ({"switch_interval": "11s"}, "must be from 1us to 10s"),
        ({"folder": "a\0b"}, "there is no such folder"),
        ({"folder": "no/such"}, "--folder no/such: there is no such folder"),
        ({"memory": "yes"}, "memory = 'yes': write true or false"),
        ({"label": "x" * 201}, "--label has 201 characters"),
    ],
)
def test_a_bad_value_is_named_with_its_mend(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve(options, tmp_path)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5ms", 0.005), ("100us", 1e-4), ("100 µs", 1e-4), ("0.5", 0.5), (".5ms", 5e-4), ("2s", 2.0)],
)
def test_a_switch_interval_is_a_time_with_its_unit(
    tmp_path: Path, text: str, seconds: float
) -> None:
    found = resolve({"switch_interval": text}, tmp_path).switch_interval_s

    assert found == pytest.approx(seconds)


def test_the_file_names_switch_interval_folder_and_memory(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "gilscope.toml").write_text(
        'switch-interval = "1ms"\nfolder = "disk"\nmemory = true\n'
    )

    config = resolve({}, tmp_path)

    assert config.switch_interval_s == pytest.approx(0.001)
    assert config.folder == tmp_path / "disk"
    assert config.has_memory_pass


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="--folder file: there is no such folder"):
        resolve({"folder": "file"}, tmp_path)


def test_thread_counts_are_sorted_and_distinct(tmp_path: Path) -> None:
    assert resolve({"threads": "4, 1,2,4"}, tmp_path).threads == (1, 2, 4)


def test_the_file_gives_defaults_and_options_win(tmp_path: Path) -> None:
    (tmp_path / "gilscope.toml").write_text(
        'threads = [1, 8]\nworkload = "factorize"\nmode = "threads"\nseed = 3\nfast = true\n'
    )

    config = resolve({"threads": "2", "workload": (), "seed": None}, tmp_path)

    assert config.threads == (2,)
    assert [one.name for one in config.workloads] == ["factorize"]
    assert config.modes == (Mode.THREADS,)
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
        resolve({}, tmp_path)

    assert message in str(caught.value)


def test_a_glob_and_a_tag_select_workloads(tmp_path: Path) -> None:
    by_glob = resolve({"workload": ("block*",)}, tmp_path).workloads
    by_tag = resolve({"workload": ("core",)}, tmp_path).workloads

    assert [one.name for one in by_glob] == ["blocking_io"]
    assert [one.name for one in by_tag] == CORE


def test_a_preset_given_as_an_option_replaces_the_files(tmp_path: Path) -> None:
    (tmp_path / "gilscope.toml").write_text("fast = true\n")

    assert resolve({"rigorous": True}, tmp_path).preset == PRESETS["rigorous"]
