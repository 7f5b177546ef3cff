"""The command line as a user meets it: output, exit codes, one-sentence errors."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import msgspec
import pytest

from harness import interpreters
from harness.cli import app
from harness.cli.bench import finish
from harness.cli.options import Output
from harness.commands.bench import Finished
from harness.errors import StoppedError
from harness.interpreters import Provisioned
from harness.model import ExpectedBuild, ExpectedVariant, Unavailable
from tests.paths import ROOT
from tests.unit import fakes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


def provided(monkeypatch: pytest.MonkeyPatch, *labels: str) -> None:
    found = Provisioned(
        candidates=tuple(fakes.variant(label) for label in labels),
        unavailable=(Unavailable(label="pypy", spec="pypy", reason="no network"),),
    )
    monkeypatch.setattr(interpreters, "provision", lambda *args, **kwargs: found)  # noqa: ARG005


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app.main(list(arguments))
    return int(ended.value.code or 0)


def test_help_loads_neither_pandas_nor_scipy_nor_matplotlib() -> None:
    code = (
        "import sys\nfrom harness.cli import app\n"
        "try:\n    app.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'numpy', 'scipy', 'matplotlib', 'rich', 'msgspec'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def commands() -> list[tuple[str, ...]]:
    """Return every command, and those of a group with it."""
    found: list[tuple[str, ...]] = []
    for name, command in app.cli.commands.items():
        within = command.commands if isinstance(command, click.Group) else {}
        found += [(name,), *((name, inner) for inner in within)]
    return found


@pytest.mark.parametrize("names", commands(), ids=" ".join)
def test_every_help_has_an_example(
    names: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*names, "--help") == 0

    assert f"Examples:\n    gilscope {names[0]}" in capsys.readouterr().out


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    provided(monkeypatch, "3.14", "3.14t")

    assert run("bench", "--dry-run", "--fast", "--seed", "7") == 0

    shown = capsys.readouterr().out
    assert "variant    3.14t" in shown
    assert "missing    pypy" in shown
    assert "seed       7" in shown
    assert "3 blocks of" in shown
    assert not (tmp_path / "results").exists()


def test_a_dry_run_tells_the_arms_of_one_build_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provided(monkeypatch, "3.14", "3.14t", "3.14t+gil")

    assert run("bench", "--dry-run") == 0

    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("variant")]
    assert ["free-threaded, GIL off" in row for row in rows] == [False, True, False]
    assert "free-threaded, GIL on" in rows[2]
    assert "with PYTHON_GIL=1" in rows[2]


def test_a_budget_without_room_for_a_block_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    provided(monkeypatch, "3.14", "3.14t")

    assert run("bench", "--workload", "shared/*", "--time-budget", "20s") == 2

    assert "error: --time-budget 20 s is too short for" in capsys.readouterr().err
    assert not [*(tmp_path / "results").glob("*")]


def test_the_list_of_workloads_has_no_marks_of_docstrings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("bench", "--list") == 0

    assert "`" not in capsys.readouterr().out


def test_a_dry_run_as_json_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provided(monkeypatch, "3.14")

    assert run("bench", "--dry-run", "--json") == 0

    document = msgspec.json.decode(capsys.readouterr().out)
    assert document["plan"]["baseline"] == "3.14"
    assert document["expected_s"] > 0


def test_a_dry_run_says_what_would_be_got_first_and_how_long_everything_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build = ExpectedBuild(
        name="3.14t", how="built from source (PGO)", expected_s=290, size_bytes=30_000_000,
        implementation="cpython", python_version="3.14", is_free_threaded=True,
    )  # fmt: skip
    free, forced = (
        ExpectedVariant(label=label, spec=label, build=build, is_gil_expected="+" in label)
        for label in ("3.14t", "3.14t+gil")
    )
    missing = [Unavailable(label=label, spec=label, reason="no network") for label in ("x", "y")]
    found = Provisioned(
        candidates=(fakes.variant("3.14"), free, forced), unavailable=tuple(missing)
    )
    monkeypatch.setattr(interpreters, "provision", lambda *args, **kwargs: found)  # noqa: ARG005

    assert run("bench", "--dry-run") == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("get")] == [
        "get        3.14t          would be built from source (PGO): about 5 minutes, 30 MB"
    ]
    assert "variant    3.14t          cpython 3.14, free-threaded, GIL off, not here yet" in lines
    assert "variant    3.14t+gil      cpython 3.14, free-threaded, GIL on, not here yet" in lines
    assert "missing    x, y           no network" in lines
    assert any(line.startswith("plan       3.14, 3.14t, 3.14t+gil: 6 blocks of") for line in lines)
    assert lines[-1].startswith("total      about ")
    assert ": 5 minutes for interpreters, then " in lines[-1]

    assert run("bench", "--dry-run", "--json") == 0

    document = msgspec.json.decode(capsys.readouterr().out)
    assert [(build["name"], build["expected_s"]) for build in document["get"]] == [("3.14t", 290)]
    assert document["getting_s"] == 290
    assert [variant["label"] for variant in document["plan"]["variants"]] == ["3.14"]
    assert [variant["label"] for variant in document["plan"]["expected"]] == ["3.14t", "3.14t+gil"]


MINE = '''
from workloads import Part, workload

@workload(kind="cpu", modes=("threads",))
def mine(part: Part) -> int:
    """Add numbers."""
    return sum(range(1000))
'''


def test_a_dry_run_knows_own_workloads_before_any_interpreter_is_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    build = ExpectedBuild(name="3.14t", how="built", expected_s=1, implementation="cpython")
    variant = ExpectedVariant(label="3.14t", spec="3.14t", build=build, is_gil_expected=False)
    found = Provisioned(candidates=(variant,), unavailable=())
    monkeypatch.setattr(interpreters, "provision", lambda *args, **kwargs: found)  # noqa: ARG005
    (tmp_path / "mine.py").write_text(MINE)

    assert run("bench", "--dry-run", "--workload", "mine.py", "--threads", "1,2") == 0

    lines = capsys.readouterr().out.splitlines()
    assert "workload   mine  Add numbers." in lines
    assert any(line.startswith("plan       3.14t: 6 blocks of 2 cells") for line in lines)


def test_a_debug_build_is_allowed_and_flagged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    debug = msgspec.structs.replace(fakes.variant("3.14"), build=fakes.build("3.14", is_debug=True))
    found = Provisioned(candidates=(debug,), unavailable=())
    monkeypatch.setattr(interpreters, "provision", lambda *args, **kwargs: found)  # noqa: ARG005

    assert run("bench", "--dry-run") == 0

    assert "DEBUG BUILD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bench", "--workload", "factorise"], 2, "did you mean 'factorize'"),
        (["bench", "--interpreter", "3.41"], 2, "3.41"),
        (["bench", "--interpreter", "/no/such/python"], 4, "/no/such/python"),
        (["bench", "--interpreter", "x" * 5000], 2, "valid: "),
        (["bench", "--interpreter", "/" + "x" * 5000], 4, "does not exist"),
        (["bench", "--interpreter", "/x\0y"], 4, "does not exist"),
        (["report", "x" * 5000], 6, "no experiment in results"),
        (["report", "x\0y"], 6, "no experiment in results"),
        (["bench", "--threads", "0"], 2, "--threads 0 is out of range"),
        (["bench", "--threads", "two"], 2, "--threads 'two' is not a whole number"),
        (["bench", "--bogus"], 2, "No such option"),
        (["bench", "--resume", "--fast"], 2, "leave out --fast"),
        (["bench", "--resume", "--dry-run"], 2, "leave out --dry-run"),
        (["bench", "--resume"], 3, "no unfinished experiment"),
        (["bench", "--resume", "x"], 6, "no experiment in results"),
        (["report"], 6, "no experiment in results"),
        (["bogus"], 2, "No such command"),
    ],
)
def test_bad_input_is_one_sentence_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert run(*arguments) == code

    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_no_interpreter_at_all_is_an_error_with_the_reasons(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provided(monkeypatch)

    assert run("bench") == 4

    assert "no interpreter is available (pypy: no network)" in capsys.readouterr().err


def test_a_results_folder_that_cannot_be_written_is_exit_6(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    provided(monkeypatch, "3.14")
    (tmp_path / "file").write_text("")

    assert run("bench", "--results", "file") == 6

    assert "give another with --results" in capsys.readouterr().err


@pytest.mark.parametrize("level", [1, 2])
def test_workloads_are_listed_where_python_leaves_docstrings_out(
    level: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "bench", "--list"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": str(level)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Divide one number by every candidate" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="nothing ignores Ctrl-C there")
def test_ctrl_c_while_it_is_loaded_ends_it_even_where_the_parent_ignores_that() -> None:
    code = (
        "import os, runpy, signal, sys\n"
        "class Press:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'harness.cli.app':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Press())\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "sys.argv[1:] = ['--help']\n"
        "runpy.run_module('harness', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_what_has_ended_a_run_is_raised_once_its_page_was_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = StoppedError("no room", exit_code=6)
    finished = Finished(folder=tmp_path / "results" / "it", is_complete=False, failure=stopped)
    output = Output(
        results=tmp_path / "results",
        reports=tmp_path / "reports",
        is_opened=False,
        is_json=False,
        is_host_shown=False,
    )

    with pytest.raises(StoppedError, match="no room"):
        finish(finished, output)

    assert "--resume it" in capsys.readouterr().err
