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
from harness.interpreters import Provisioned
from harness.model import Unavailable
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
        variants=tuple(fakes.variant(label) for label in labels),
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


def test_a_dry_run_as_json_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provided(monkeypatch, "3.14")

    assert run("bench", "--dry-run", "--json") == 0

    document = msgspec.json.decode(capsys.readouterr().out)
    assert document["plan"]["baseline"] == "3.14"
    assert document["expected_s"] > 0


def test_a_debug_build_is_allowed_and_flagged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    debug = msgspec.structs.replace(fakes.variant("3.14"), build=fakes.build("3.14", is_debug=True))
    found = Provisioned(variants=(debug,), unavailable=())
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
