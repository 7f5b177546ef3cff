from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.interpreters.naming.spec_options import Options, parse


def options(text: str) -> Options:
    return parse(text, spec="3.14?…")


def test_without_options_nothing_is_asked_for() -> None:
    assert options("") == options("&&") == Options()


def test_flags_are_split_as_a_shell_would() -> None:
    found = options(
        """flags=--with-lto=thin "CFLAGS=-O2 -g" --without-pymalloc&flags=LIBS='-l x'"""
    )
    assert found.flags == ("--with-lto=thin", "CFLAGS=-O2 -g", "--without-pymalloc", "LIBS=-l x")


def test_a_compiler_may_have_options_of_its_own() -> None:
    assert options("cc=clang-19 -m64").compiler == "clang-19 -m64"
    assert options("cc=/opt/my gcc/bin/gcc").compiler == "/opt/my gcc/bin/gcc"


@pytest.mark.parametrize(
    "setting",
    [
        *("PYTHON_GIL=0", "PYTHON_JIT=1", "PYTHON_TLBC=0", "PYTHONMALLOC=malloc", "PYTHON_GIL="),
        *("PYTHONHASHSEED=0", "PYPY_GC_NURSERY=4M", "MALLOC_ARENA_MAX=1", "MALLOC_CONF_=a=b"),
    ],
)
def test_what_changes_how_an_interpreter_works_may_be_set(setting: str) -> None:
    name, _, value = setting.partition("=")
    assert options(f"env={setting}").environment == ((name, value),)


def test_several_settings_go_together() -> None:
    found = options("env=PYTHON_GIL=0&env=PYTHON_JIT=1&env=PYTHON_GIL=0")
    assert found.environment == (("PYTHON_GIL", "0"), ("PYTHON_JIT", "1"))


@pytest.mark.parametrize(
    "name",
    [
        *("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "PATH"),
        *("HOME", "", "python_gil", "PYTHON_GIL ", "PYTHONUSERBASE", "PYTHON_GIL\n"),
    ],
)
def test_what_decides_which_code_runs_may_not_be_set(name: str) -> None:
    with pytest.raises(ConfigError, match="env cannot set"):
        options(f"env={name}=1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "unknown option 'x'; valid: cc, env, flags"),
        ("=x", "unknown option ''"),
        ("Flags=--with-lto", "did you mean 'flags'"),
        ("flags", "flags has no value; write flags=…"),
        ("flags=", "flags has no value"),
        ("cc=", "cc has no value"),
        ("env=", "env has no value"),
        ("env=PYTHON_GIL", "write env=NAME=VALUE"),
        ("env=PYTHON_GIL=1&env=PYTHON_GIL=0", "env sets PYTHON_GIL twice"),
        (f"env=PYTHON_GIL={'1' * 201}", "too long or not printable"),
        ("env=PYTHON_GIL=\x1b[0m", "too long or not printable"),
        ("flags=--with-x='", "unmatched quotes"),
        ("flags=with-lto", "'with-lto' is not a configure option"),
        ("flags=-C", "not a configure option"),
        ("flags=--with-lto;reboot", "not a configure option"),
        ("flags=$(reboot)", "not a configure option"),
        ("flags=--help", "not a configure option"),
        ("flags=--pre=/usr", "not a configure option"),
        ("flags=--prefix=/usr", "set by Gilscope"),
        ("flags=--cache-file=/x", "set by Gilscope"),
        ("flags=--srcdir=/x", "set by Gilscope"),
        ("flags=CC=clang", "name the compiler with cc=clang"),
        ("cc=-gcc", "is not a compiler"),
        ("cc= -gcc", "is not a compiler"),
        ("cc= ", "is not a compiler"),
        ("cc=gcc'", "is not a compiler"),
        ("cc=gcc\x07", "is not a compiler"),
        ("cc=gcc&cc=clang", "cc is given twice"),
    ],
)
def test_what_cannot_be_used_is_explained_with_the_spec(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        options(text)
    assert str(refused.value).startswith("'3.14?…': ")


@given(st.text())
def test_any_text_is_options_or_a_config_error(text: str) -> None:
    for beginning in ("", "flags=", "cc=", "env=", "env=PYTHON_GIL="):
        try:
            assert isinstance(options(beginning + text), Options)
        except ConfigError:
            continue


@pytest.mark.parametrize("value", ["5", "on", "00"])
def test_a_switch_is_on_or_off(value: str) -> None:
    with pytest.raises(ConfigError):
        parse(f"env=PYTHON_GIL={value}", spec="3.14t")
