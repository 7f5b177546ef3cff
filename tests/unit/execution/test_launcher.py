"""The real launcher on small shell scripts: ends, timeouts, groups, tails."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.execution.launcher import Finished, Launch, SubprocessLauncher

if TYPE_CHECKING:
    from pathlib import Path


def launch(
    script: str,
    *,
    timeout_s: float = 30,
    affinity: tuple[int, ...] = (),
    launcher: SubprocessLauncher | None = None,
) -> Finished:
    return (launcher or SubprocessLauncher())(
        Launch(
            command=("/bin/sh", "-c", script, "sh", "{output}"),
            environment=(("PATH", os.environ["PATH"]), ("ONLY", "this")),
            affinity=affinity,
            timeout_s=timeout_s,
        )
    )


def test_the_result_file_and_the_end_are_returned() -> None:
    finished = launch('printf result > "$1"; echo said >&2; exit 3')

    assert (finished.exit_code, finished.result, finished.stderr_tail) == (3, b"result", "said\n")
    assert finished.duration_s > 0


def test_the_environment_is_only_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAK", "yes")

    finished = launch('printf "%s-%s" "$ONLY" "$LEAK" > "$1"')

    assert finished.result == b"this-"


def test_no_result_file_is_no_result() -> None:
    assert launch("true").result is None


def test_what_is_printed_is_kept_at_its_end_only() -> None:
    finished = launch("yes | head -c 1000000; echo end")

    assert finished.stderr_tail.endswith("end\n")
    assert len(finished.stderr_tail) == 4000


def test_a_timeout_ends_the_whole_process_group(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    finished = launch(f"sleep 60 & echo $! > {pids}; wait", timeout_s=0.5)

    assert finished.is_timed_out
    assert finished.exit_code == -signal.SIGKILL
    assert is_gone(int(pids.read_text()))


def test_children_left_behind_by_a_normal_end_are_ended_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    finished = launch(f"sleep 60 & echo $! > {pids}")

    assert finished.exit_code == 0
    assert is_gone(int(pids.read_text()))


def test_ending_a_launch_kills_its_worker_and_raises(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    launcher = SubprocessLauncher()

    def end_when_ready() -> None:
        ready.read_text()
        launcher.end()

    waiting = threading.Thread(target=end_when_ready)
    waiting.start()
    pids = tmp_path / "pids"
    with pytest.raises(KeyboardInterrupt):
        launch(f"echo $$ > {pids}; echo > {ready}; sleep 60", launcher=launcher)
    waiting.join()

    assert is_gone(int(pids.read_text()))


def test_a_launcher_that_was_ended_lets_no_worker_live(tmp_path: Path) -> None:
    launcher = SubprocessLauncher()
    launcher.end()

    with pytest.raises(KeyboardInterrupt):
        launch(f"sleep 60; touch {tmp_path / 'lived'}", launcher=launcher)

    assert not (tmp_path / "lived").exists()


def test_a_program_that_is_not_there_is_an_end_with_a_reason() -> None:
    finished = SubprocessLauncher()(
        Launch(command=("/no/such/python",), environment=(), affinity=(), timeout_s=1)
    )

    assert finished.exit_code is None
    assert finished.stderr_tail == "/no/such/python cannot be started: No such file or directory"


def test_the_worker_inherits_the_affinity_and_the_controller_keeps_its_own() -> None:
    before = os.sched_getaffinity(0)
    cpu = min(before)

    finished = launch('grep Cpus_allowed_list /proc/self/status > "$1"', affinity=(cpu,))

    assert finished.result is not None
    assert finished.result.split() == [b"Cpus_allowed_list:", str(cpu).encode()]
    assert os.sched_getaffinity(0) == before


def test_no_temporary_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    launch('echo > "$1"')

    assert workers_folders(tmp_path) == []


def workers_folders(temporary: Path) -> list[Path]:
    """Return the folders of workers in that of this process's life."""
    (life,) = temporary.iterdir()
    return [path for path in life.iterdir() if path.is_dir()]


def is_gone(pid: int) -> bool:
    """Return whether a process has ended, or does so within seconds."""
    try:
        process = psutil.Process(pid)
        # An orphan that was killed may wait as a zombie for whoever adopted it.
        return process.status() == psutil.STATUS_ZOMBIE or process.wait(timeout=10) is not False
    except psutil.NoSuchProcess:
        return True


def test_ctrl_c_while_a_worker_is_being_started_does_not_reach_it() -> None:
    """The window is too short to hit: the child's signal mask is looked at instead."""
    finished = SubprocessLauncher()(
        Launch(
            command=("/bin/grep", "SigBlk", "/proc/self/status"),
            environment=(),
            affinity=(),
            timeout_s=30,
        )
    )

    blocked = int(finished.stderr_tail.split()[1], 16)
    assert blocked == 1 << (signal.SIGINT - 1)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
