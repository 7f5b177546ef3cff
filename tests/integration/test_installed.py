"""Gilscope as a program that was installed: built, put into an environment, run elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.version import __version__
from tests.integration.test_bench import Ended, labels, named
from tests.paths import ROOT

if TYPE_CHECKING:
    from harness.interpreters import Provisioned

pytestmark = pytest.mark.integration

SAMPLE = next((ROOT / "results" / "sample").iterdir())
BUILT_FROM = ("harness", "workloads", "pyproject.toml", "README.md", "LICENSE")
SHELLS = {
    "bash": ({"COMP_WORDS": "gilscope be", "COMP_CWORD": "1"}, "plain,bench"),
    "zsh": ({"COMP_WORDS": "gilscope be", "COMP_CWORD": "1"}, "plain\nbench\n"),
    "fish": ({"COMP_WORDS": "gilscope be", "COMP_CWORD": "be"}, "plain,bench\t"),
}
ALONE = '''
import importlib.util
import sys

from workloads import workload


@workload(modes=("threads",))
def alone(part):
    """Look whether anything but the standard library, pyperf and workloads can be imported."""
    found = [name for name in ("numpy", "click", "harness") if importlib.util.find_spec(name)]
    if found or sys._is_gil_enabled():
        raise RuntimeError(f"can import {found}, GIL on: {sys._is_gil_enabled()}")
    return sum(range(100_000))
'''


def copy_of_the_sources(folder: Path) -> Path:
    for name in BUILT_FROM:
        origin = ROOT / name
        if origin.is_dir():
            shutil.copytree(
                origin, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
            )
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, folder / name)
    return folder


def build(source: Path, into: Path, kind: str = "wheel") -> Path:
    command = (sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", into)
    subprocess.run(command, cwd=source, capture_output=True, check=True)
    (made,) = into.iterdir()
    return made


def install(wheel: Path, folder: Path) -> Path:
    """Install ``wheel`` beside everything that the tests' environment has; return the command."""
    uv = (sys.executable, "-m", "uv", "--quiet", "--offline")
    subprocess.run([*uv, "venv", "--python", sys.executable, folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    options = ("--python", folder, "--no-deps", "--link-mode", "copy")
    subprocess.run([*uv, "pip", "install", *options, wheel], check=True)
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.suffix != ".pth" and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    for package in ("harness", "workloads"):
        for path in (site / package, *(site / package).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
    return folder / "bin" / "gilscope"


@pytest.fixture(scope="module")
def gilscope(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installed command, in a path with blanks, whose packages are read-only."""
    folder = tmp_path_factory.mktemp("with some blanks")
    wheel = build(copy_of_the_sources(folder / "source"), folder / "dist")
    return install(wheel, folder / "environment")


def start(
    command: Path, folder: Path, *arguments: str, **environment: str
) -> subprocess.Popen[str]:
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_CONFIG")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.Popen(
        [command, *arguments],
        cwd=folder,
        env={**inherited, "TMPDIR": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=300)
    return Ended(process.returncode, out, err)


def files_of(command: Path) -> set[Path]:
    """Return the files of the installed packages, without the bytecode that root may write."""
    (site,) = command.parent.parent.glob("lib/python*/site-packages")
    every = (path for name in ("harness", "workloads") for path in (site / name).rglob("*"))
    return {path for path in every if "__pycache__" not in path.parts}


def free_threaded(matrix: Provisioned) -> str:
    return f"--interpreter=ft={named(matrix, labels(matrix)['free']).build.path}"


def test_the_command_tells_its_version(gilscope: Path, tmp_path: Path) -> None:
    assert end(start(gilscope, tmp_path, "--version")).out.split()[-1] == __version__


def test_a_message_names_the_command_that_was_installed(gilscope: Path, tmp_path: Path) -> None:
    ended = end(start(gilscope, tmp_path, "report"))

    assert (ended.code, ended.out) == (6, "")
    assert ended.err == "error: no experiment in results: make one with gilscope bench\n"


def test_a_stored_experiment_is_reported_into_the_present_folder(
    gilscope: Path, tmp_path: Path
) -> None:
    ended = end(start(gilscope, tmp_path, "report", "--json", "--results", str(SAMPLE.parent)))

    assert ended.code == 0, ended.err
    assert msgspec.json.decode(ended.out)["experiment"] == SAMPLE.name
    assert (tmp_path / "reports" / SAMPLE.name / "index.html").is_file()


def test_a_free_threaded_worker_finds_nothing_of_the_environment(
    gilscope: Path, tmp_path: Path, matrix: Provisioned
) -> None:
    (tmp_path / "alone.py").write_text(ALONE)
    before = files_of(gilscope)

    ended = end(
        start(gilscope, tmp_path, "workload", "check", "alone.py", free_threaded(matrix), "--json")
    )

    assert ended.code == 0, ended.out + ended.err
    assert len(msgspec.json.decode(ended.out)["results"]) == 3
    assert files_of(gilscope) == before


def test_two_versions_work_side_by_side_and_at_once(
    gilscope: Path, tmp_path: Path, matrix: Provisioned
) -> None:
    source = copy_of_the_sources(tmp_path / "source")
    (source / "harness" / "version.py").write_text('__version__ = "99.0"\n')
    with (source / "workloads" / "gang.py").open("a") as file:
        file.write("# another version\n")
    other = install(build(source, tmp_path / "dist"), tmp_path / "environment")
    (tmp_path / "alone.py").write_text(ALONE)
    check = ("workload", "check", "alone.py", free_threaded(matrix))
    cache = str(tmp_path / "cache")

    both = [start(one, tmp_path, *check, GILSCOPE_CACHE=cache) for one in (gilscope, other)]

    assert [ended.code for ended in map(end, both)] == [0, 0]
    assert end(start(other, tmp_path, "--version")).out.split()[-1] == "99.0"
    kinds = [path.name.partition("-")[0] for path in (tmp_path / "cache/worker-site").iterdir()]
    assert sorted(kinds) == ["pyperf", "workloads", "workloads"]


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_complete_commands(gilscope: Path, tmp_path: Path, shell: str) -> None:
    words, expected = SHELLS[shell]

    script = end(start(gilscope, tmp_path, _GILSCOPE_COMPLETE=f"{shell}_source"))
    completed = end(start(gilscope, tmp_path, _GILSCOPE_COMPLETE=f"{shell}_complete", **words))

    assert f"_GILSCOPE_COMPLETE={shell}_complete" in script.out
    assert completed.out.startswith(expected)


def test_bash_completes_with_the_script(gilscope: Path, tmp_path: Path) -> None:
    script = end(start(gilscope, tmp_path, _GILSCOPE_COMPLETE="bash_source")).out
    tab = "COMP_WORDS=(gilscope compa); COMP_CWORD=1; _gilscope_completion gilscope"

    done = subprocess.run(
        ["bash", "-c", f'{script}\n{tab}\necho "${{COMPREPLY[@]}}"'],
        env={"PATH": f"{gilscope.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "compare\n"


def test_the_source_archive_makes_the_same_wheel(tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    source = tmp_path / f"gilscope-{__version__}"

    wheels = [build(source, tmp_path / "one"), build(ROOT, tmp_path / "other")]

    first, second = (
        {one.filename: one.CRC for one in zipfile.ZipFile(wheel).infolist()} for wheel in wheels
    )
    assert first == second
    assert {name.partition("/")[0] for name in first} == {
        "harness", "workloads", f"gilscope-{__version__}.dist-info"
    }  # fmt: skip
    assert (source / "tests" / "paths.py").is_file()
