from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.interpreters.building import toolchain
from harness.interpreters.building.toolchain import (
    Compiler,
    find_compiler,
    missing_tool,
    with_ccache,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GB = 1_000_000_000


@pytest.fixture
def tools(script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder on ``PATH``: it has make and gcc."""
    monkeypatch.delenv("CC", raising=False)
    folder = script("bin/gcc", "echo 'gcc (Paper) 12.2.0'; echo more").parent
    script("bin/make", "exit 1")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Say how much memory is free, and what the control group allows."""
    monkeypatch.setattr(toolchain, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(toolchain, "_GROUP", tmp_path / "group")
    monkeypatch.setattr(toolchain, "usable_cpus", lambda: 8)

    def say(free: int | None, *, limit: str = "", used: int = 0, file: int = 0) -> None:
        if free is not None:
            text = f"MemTotal: 99 kB\nMemAvailable: {free // 1024 + 1} kB\nHugePages_Total: 0\n"
            (tmp_path / "meminfo").write_text(text)
        if limit:
            (tmp_path / "group").mkdir()
            (tmp_path / "group/memory.max").write_text(f"{limit}\n")
            (tmp_path / "group/memory.current").write_text(f"{used}\n")
            (tmp_path / "group/memory.stat").write_text(f"anon 1\ninactive_file {file}\n")

    return say


def test_with_enough_memory_every_cpu_compiles(memory: Callable[..., None]) -> None:
    memory(100 * GB)
    assert (toolchain.jobs(), toolchain.jobs(has_lto=True)) == (8, 8)


def test_free_memory_bounds_how_many_compile_at_once(memory: Callable[..., None]) -> None:
    memory(2 * GB)
    assert (toolchain.jobs(), toolchain.jobs(has_lto=True)) == (4, 1)


def test_at_least_one_compiles(memory: Callable[..., None]) -> None:
    memory(0)
    assert (toolchain.jobs(), toolchain.jobs(has_lto=True)) == (1, 1)


def test_the_control_group_bounds_it_too(memory: Callable[..., None]) -> None:
    memory(100 * GB, limit=str(4 * GB), used=GB)
    assert (toolchain.jobs(), toolchain.jobs(has_lto=True)) == (6, 1)


def test_files_the_system_may_forget_at_once_are_no_used_memory(
    memory: Callable[..., None],
) -> None:
    memory(100 * GB, limit=str(4 * GB), used=4 * GB, file=3 * GB)
    assert toolchain.jobs() == 6


def test_a_group_that_says_nothing_of_its_files_is_bounded_by_all_it_uses(
    memory: Callable[..., None], tmp_path: Path
) -> None:
    memory(100 * GB, limit=str(4 * GB), used=GB)
    (tmp_path / "group/memory.stat").write_text("anon 1\n")
    assert toolchain.jobs() == 6


def test_a_group_that_is_over_its_limit_still_compiles(memory: Callable[..., None]) -> None:
    memory(100 * GB, limit=str(GB), used=2 * GB)
    assert toolchain.jobs() == 1


@pytest.mark.parametrize("limit", ["max", "nonsense", str(200 * GB)])
def test_a_group_without_a_real_limit_bounds_nothing(
    memory: Callable[..., None], limit: str
) -> None:
    memory(2 * GB, limit=limit)
    assert toolchain.jobs() == 4


def test_where_memory_is_unknown_the_cpus_decide(
    memory: Callable[..., None], tmp_path: Path
) -> None:
    memory(None)
    assert toolchain.jobs() == 8
    (tmp_path / "meminfo").write_text("MemTotal: 1 kB\n")
    assert toolchain.jobs() == 8
    (tmp_path / "meminfo").write_text("nonsense")
    assert toolchain.jobs() == 8


def test_the_affinity_mask_is_respected() -> None:
    assert 1 <= toolchain.usable_cpus() <= (os.cpu_count() or 1)


def test_gcc_is_found_and_asked_for_its_version(tools: Path) -> None:
    assert tools
    assert find_compiler() == Compiler(command="gcc", version="gcc (Paper) 12.2.0")
    assert missing_tool() == ""


def test_cc_will_do_where_there_is_no_gcc(tools: Path) -> None:
    (tools / "gcc").rename(tools / "cc")
    found = find_compiler()
    assert found is not None
    assert found.command == "cc"


def test_the_compiler_in_the_environment_is_preferred(
    tools: Path, script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tools
    command = f"{script('mycc', 'echo mycc 1.0')} -m64"
    monkeypatch.setenv("CC", command)
    assert find_compiler() == Compiler(command=command, version="mycc 1.0")


def test_the_compiler_asked_for_beats_all(
    tools: Path, script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tools
    monkeypatch.setenv("CC", "gcc")
    script("bin/clang-19", "echo 'Debian clang version 19.1.7'")
    assert find_compiler("clang-19") == Compiler(
        command="clang-19", version="Debian clang version 19.1.7"
    )
    assert missing_tool("clang-19") == ""


@pytest.mark.parametrize("body", ["exec /gone", "exit 3"])
def test_a_compiler_that_says_no_version_is_still_one(
    tools: Path, script: Callable[[str, str], Path], body: str
) -> None:
    assert tools
    script("bin/gcc", body)
    assert missing_tool() == ""


def test_a_compiler_in_the_environment_that_cannot_be_read_is_passed_over(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tools
    monkeypatch.setenv("CC", "gcc '")
    found = find_compiler()
    assert found is not None
    assert found.command == "gcc"


def test_what_is_missing_is_said_with_what_to_install(tools: Path) -> None:
    expected = "compiler 'clang-19' not found: install it, or leave out cc="
    assert missing_tool("clang-19") == expected
    (tools / "make").unlink()
    assert missing_tool().startswith("no make found: install it, on Debian the package build-")
    (tools / "gcc").unlink()
    assert missing_tool().startswith("no C compiler found (gcc or cc): install one, on Debian")


def test_without_ccache_nothing_changes(tools: Path, tmp_path: Path) -> None:
    environment = {"PATH": str(tools), "HOME": "/x"}
    assert with_ccache(environment, "", bench=tmp_path / "bench") == environment


@pytest.mark.parametrize(
    ("command", "names"),
    [("gcc", {"gcc"}), ("cc", {"cc", "gcc"}), ("clang-19", {"clang-19"}), ("gcc -m64", {"gcc"})],
)
def test_ccache_answers_for_the_compiler_by_its_name(
    tools: Path, script: Callable[[str, str], Path], tmp_path: Path, command: str, names: set[str]
) -> None:
    ccache = script("bin/ccache", 'echo "cached ${0##*/} $1"')
    script(f"bin/{command.split(maxsplit=1)[0]}", "echo plain")
    bench = tmp_path / "bench"
    bench.mkdir()
    environment = with_ccache({"PATH": str(tools), "CC": command}, command, bench=bench)
    links = bench / "ccache-links"
    assert {link.name for link in links.iterdir()} == names
    assert {link.resolve() for link in links.iterdir()} == {ccache.resolve()}
    # What the interpreter says of its own build stays as it is without ccache.
    assert environment["CC"] == command
    assert environment["PATH"].startswith(f"{links}{os.pathsep}{tools}{os.pathsep}")
    assert environment["CCACHE_BASEDIR"] == str(bench)
    first = command.split(maxsplit=1)[0]
    said = subprocess.run(
        [shutil.which(first, path=environment["PATH"]) or "", "-c"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"cached {first} -c\n"


def test_a_compiler_named_by_its_path_is_left_alone(
    tools: Path, script: Callable[[str, str], Path], tmp_path: Path
) -> None:
    script("bin/ccache", "exit 1")
    environment = {"PATH": str(tools)}
    assert with_ccache(environment, str(tools / "gcc"), bench=tmp_path / "bench") == environment
