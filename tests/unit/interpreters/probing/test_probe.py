from __future__ import annotations

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import InterpreterError
from harness.interpreters.probing.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable


def test_probing_this_interpreter_agrees_with_itself() -> None:
    build = probe(sys.executable)
    assert build.implementation == sys.implementation.name
    assert build.python_version.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
    assert build.path == sys.executable
    assert build.real_path == os.path.realpath(sys.executable)


def test_probing_twice_gives_the_same_digest() -> None:
    assert probe(sys.executable) == probe(sys.executable)


def test_a_link_into_an_environment_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    build = probe(link)
    assert build.path == str(link)
    assert build.real_path == os.path.realpath(sys.executable)


def test_python_variables_do_not_reach_the_probe(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    path = script("python", 'echo "home=$PYTHONHOME" >&2; exit 3')
    with pytest.raises(InterpreterError, match=r"exit code 3 when probed \(home=\)"):
        probe(path)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"configure_args": "'--enable-optimizations' '--with-lto'"}, "PGO+LTO"),
        ({"cflags": "-O3 -fprofile-use -fprofile-correction"}, "PGO"),
        ({"cflags": "-fprofile-instr-use=code.profclangd -flto=thin"}, "PGO+LTO"),
        ({"configure_args": "'--with-lto=no'"}, "no PGO/LTO"),
        ({}, "no PGO/LTO"),
    ],
)
def test_optimisation_is_read_from_flags(
    fake: Callable[..., Path], facts: dict[str, str], expected: str
) -> None:
    assert probe(fake(**facts)).optimisation == expected


def test_a_debug_build_is_allowed_and_flagged(fake: Callable[..., Path]) -> None:
    assert probe(fake(is_debug=True)).is_debug


def test_a_replaced_executable_has_another_digest(fake: Callable[..., Path]) -> None:
    path = fake()
    before = probe(path).digest
    os.utime(path, ns=(1, 1))
    assert probe(path).digest != before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo hello", "does not answer like a Python"),
        ("echo '{}'", "does not answer like a Python"),
        ("exit 7", "exit code 7"),
        ("kill -9 $$", "ended by signal 9 when probed, 2 times .*: try again"),
        (
            "if [ $1 = -V ]; then echo Python 2.7.18 >&2; else exit 2; fi",
            "2.7.18 is too old; give version 3.9",
        ),
    ],
)
def test_what_is_no_python_is_refused(
    script: Callable[[str, str], Path], body: str, message: str
) -> None:
    with pytest.raises(InterpreterError, match=message):
        probe(script("python", body))


def test_a_hanging_interpreter_is_given_up_with_its_children(
    script: Callable[[str, str], Path], tmp_path: Path
) -> None:
    held = tmp_path / "find_installed"
    os.mkfifo(held)
    path = script("python", f"exec 3>{held}; sleep 600 & wait")
    with os.fdopen(os.open(held, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        with pytest.raises(InterpreterError, match=r"did not answer within 0\.5 s"):
            probe(path, timeout_s=0.5)
        watch = select.poll()
        watch.register(reader, select.POLLHUP)
        assert watch.poll(5000), "a child of the interpreter is still alive"


def test_an_old_python_is_refused_by_version(fake: Callable[..., Path]) -> None:
    with pytest.raises(InterpreterError, match=r"Python 3\.8\.18 is too old; give version 3\.9"):
        probe(fake(version="3.8.18", python_version="3.8.18"))


def test_paths_that_cannot_be_run_are_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x00\x01")
    garbage.chmod(0o755)
    for path, message in (
        (tmp_path / "none", "does not exist"),
        (tmp_path, "is a directory"),
        (plain, "is not executable"),
        (garbage, "cannot be run"),
    ):
        with pytest.raises(InterpreterError, match=message):
            probe(path)


@pytest.mark.parametrize(
    "facts",
    [
        {"jit": "banana"},
        {"python_version": "3.14\N{SUPERSCRIPT TWO}"},
        {"python_version": "3." + "1" * 5000},
        {"missing_modules": "not a list"},
    ],
)
def test_odd_facts_are_no_pythons(fake: Callable[..., Path], facts: dict[str, Any]) -> None:
    with pytest.raises(InterpreterError, match="does not answer like a Python"):
        probe(fake(**facts))


def test_endless_nesting_is_no_python(script: Callable[[str, str], Path]) -> None:
    with pytest.raises(InterpreterError, match="does not answer like a Python"):
        probe(script("python", "head -c 300000 /dev/zero | tr '\\0' '['"))


def test_a_terminal_is_not_obeyed(fake: Callable[..., Path]) -> None:
    build = probe(fake(compiler="GCC \x1b]0;title\x07 12\n", libc="glibc\x9b31m"))
    assert (build.compiler + build.libc).isprintable()


def test_a_path_that_is_no_text_cannot_be_recorded(fake: Callable[..., Path]) -> None:
    path = fake()
    odd = Path(f"{path.parent}/pyth\udcffon")
    path.rename(odd)
    with pytest.raises(InterpreterError, match="not valid UTF-8"):
        probe(odd)


def test_an_interpreter_that_is_killed_once_is_asked_again(
    script: Callable[[str, str], Path], tmp_path: Path
) -> None:
    once = f"if mkdir {tmp_path}/killed 2>/dev/null; then kill -9 $$; fi"
    path = script("python", f'{once}\nexec {sys.executable} "$@"')

    assert probe(path).python_version == probe(sys.executable).python_version
