from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.interpreters.catalogue import catalogue
from harness.interpreters.spec import parse, parse_all


def test_a_name_is_its_own_label() -> None:
    request = parse("3.14t")
    assert (request.label, request.spec, request.environment) == ("3.14t", "3.14t", ())
    assert request.target == catalogue().target("3.14t")


def test_gil_suffix_sets_the_environment_of_the_same_target() -> None:
    request = parse("on=3.14t+gil")
    assert (request.label, request.environment) == ("on", (("PYTHON_GIL", "1"),))
    assert request.target == catalogue().target("3.14t")


@pytest.mark.parametrize("spec", ["3.14", "pypy", "3.14t", "./python"])
def test_the_gil_is_never_switched_off_by_us(spec: str) -> None:
    assert parse(spec).environment == ()


def test_a_path_waits_for_the_probe_to_be_named(tmp_path: Path) -> None:
    request = parse(f"{tmp_path}/python")
    assert (request.label, request.path) == ("", tmp_path / "python")


def test_a_labelled_path_may_ask_for_the_gil(tmp_path: Path) -> None:
    request = parse(f"on={tmp_path}/python+gil")
    assert (request.path, request.is_gil_forced) == (tmp_path / "python", True)


def test_a_file_named_like_the_suffix_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "python+gil"
    path.touch()
    request = parse(f"on={path}")
    assert (request.path, request.is_gil_forced) == (path, False)


def test_a_path_may_contain_an_equals_sign(tmp_path: Path) -> None:
    assert parse(f"{tmp_path}/a=b/python").path == tmp_path / "a=b" / "python"


def test_a_file_in_the_present_folder_needs_no_separator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").touch()
    monkeypatch.chdir(tmp_path)
    assert parse("python").path == Path("python")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3.41", "unknown interpreter '3.41': did you mean"),
        ("3.14+gil", "for free-threaded builds"),
        ("pypy+gil", "for free-threaded builds"),
        ("a b=3.14", "label 'a b' .* starts with a letter or digit"),
        (f"{'x' * 41}=3.14", "at most 40"),
        ("=3.14", "empty label"),
        ("base=", "names nothing"),
        ("", "names nothing"),
    ],
)
def test_what_cannot_be_used_is_explained(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text)


def test_two_of_one_label_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"two interpreters are called '3\.14'"):
        parse_all(["3.14", "3.14"])
    assert len(parse_all(["3.14", "again=3.14", "./a", "./b"])) == 4


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}", fullmatch=True))
def test_every_valid_label_is_kept(label: str) -> None:
    assert parse(f"{label}=3.14").label == label


@given(st.text())
def test_any_text_is_a_request_or_a_config_error(text: str) -> None:
    try:
        request = parse(text)
    except ConfigError:
        return
    assert (request.target is None) != (request.path is None)


def test_a_name_longer_than_any_file_name_is_an_unknown_interpreter() -> None:
    with pytest.raises(ConfigError):
        parse("x" * 5000)
