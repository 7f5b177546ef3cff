from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from harness.analysis.live.alarms import Alarm, Alert
from harness.execution.scheduler import Step, walk
from harness.interpreters import Progress
from harness.running.progress import screen
from harness.wording import duration
from tests.unit import fakes
from tests.unit.fakes import FakeLauncher

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import Plan


def walk_all(plan: Plan, launcher: FakeLauncher, *, tell: Callable[[Step], None]) -> None:
    """Walk a plan with made-up workers, tell its steps and save nothing."""
    walk(
        plan,
        machine=fakes.TWO_CPUS,
        site=fakes.SITE,
        launcher=launcher,
        around=fakes.AROUND,
        done=(),
        save=lambda outcome: None,  # noqa: ARG005
        tell=tell,
        is_stopped=lambda: False,
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (185, "3 min 05 s"), (3720, "1 h 02 min")],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_off_a_terminal_there_is_a_plain_line_for_each_block(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1, 2), blocks=3)
    with screen() as shown:
        walk_all(plan, FakeLauncher(), tell=shown.step)

    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert [line.split(",")[0] for line in lines] == [
        "pilot", "block 1 of 3", "block 2 of 3", "block 3 of 3",
    ]  # fmt: skip
    assert "elapsed" in lines[1]
    assert "left" in lines[1]


def test_a_failed_job_leaves_a_line_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), blocks=1)
    broken = FakeLauncher(answer=lambda asked, number: fakes.ended(exit_code=7))  # noqa: ARG005
    with screen() as shown:
        walk_all(plan, broken, tell=shown.step)

    assert "3.14 factorize/threads=1 failed: exit status 7" in capsys.readouterr().err


def test_a_worker_that_left_processes_behind_leaves_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), blocks=1)
    ended = dataclasses.replace(fakes.ended(exit_code=7), left_processes=2)
    with screen() as shown:
        walk_all(plan, FakeLauncher(answer=lambda asked, number: ended), tell=shown.step)  # noqa: ARG005

    said = capsys.readouterr().err
    assert "3.14 factorize/threads=1 left 2 processes behind, now ended" in said


def test_getting_an_interpreter_shows_share_and_expected_duration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with screen() as shown:
        shown.getting(Progress(subject="3.14t", phase="compiling", fraction=0.5, expected_s=120.0))

    assert capsys.readouterr().err == "3.14t: compiling  50% (about 2 min 00 s in all)\n"


def test_trouble_of_the_machine_leaves_one_line_for_a_job(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), blocks=1)
    steps: list[Step] = []
    walk_all(plan, FakeLauncher(), tell=steps.append)
    alerts = (Alert(alarm=Alarm.CANARY, value=0.42), Alert(alarm=Alarm.OTHERS, value=0.84))
    with screen() as shown:
        shown.trouble((), steps[-1])
        shown.trouble(alerts, steps[-1])

    assert capsys.readouterr().err == (
        "  block 1 of 1, 3.14 factorize/processes=1: this machine was 42% slower just now than "
        "its median so far; other programs kept 0.8 CPUs busy during this job\n"
    )


def test_no_character_of_a_workload_reaches_the_terminal_raw(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), blocks=1)
    reason = "\x1b]0;title\x07 \x1b[2J\x9b31m\r\u202egnp"
    rubbish = fakes.ended(exit_code=1, stderr_tail=f"ValueError: {reason}")
    broken = FakeLauncher(answer=lambda asked, number: rubbish)  # noqa: ARG005
    with screen() as shown:
        walk_all(plan, broken, tell=shown.step)
        shown.say(f"a note {reason}")
        shown.getting(Progress(subject=reason, phase=reason, detail=reason))
        shown.trying(reason)

    written = capsys.readouterr().err
    assert "gnp" in written
    assert all(char.isprintable() for line in written.split("\n") for char in line)


@pytest.mark.parametrize(
    "environment", [{"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}, {"TERM": "dumb"}]
)
def test_a_file_gets_plain_lines_whatever_the_environment_claims(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with screen() as shown:
        shown.trying("3.14 factorize/threads=2")

    assert capsys.readouterr().err == "trying 3.14 factorize/threads=2\n"
