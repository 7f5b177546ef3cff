"""What a controller has started ends with it, and otherwise with the next run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.lifetime import children, earlier, guardian
from harness.lifetime.life import life, new_folder
from harness.lifetime.table import MARK, mark_of, table, with_children
from tests.paths import ROOT
from tests.unit.lifetime.controllers import controller, wait_until_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_table = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="nothing lists processes here"
)
ESCAPES = [
    "",
    pytest.param("setsid", marks=needs_table),
    pytest.param("setsid setsid", marks=needs_table),
    pytest.param("nohup env -u SHELL setsid", marks=needs_table),
]


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1])
def test_a_controller_takes_all_with_it(tmp_path: Path, escape: str, number: int) -> None:
    with controller(tmp_path, escape=escape) as started:
        started.process.send_signal(number)
        started.process.wait()
        wait_until_gone(*started.pids, started.guardian)

    assert list(tmp_path.iterdir()) == []


def test_a_line_break_in_a_path_makes_no_other_folder_of_it(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    temporary = tmp_path / "it\nand more"
    temporary.mkdir()
    code = (
        "import os, signal; from harness.lifetime import children; "
        "children.start(['sleep', '600']); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False)
    while list(temporary.iterdir()):
        pass  # the guardian is at work

    assert (tmp_path / "it").is_dir()


@needs_table
@pytest.mark.parametrize("escape", ["", "setsid"])
def test_what_outlived_controller_and_guardian_is_ended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, escape: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with controller(tmp_path, escape=escape) as started:
        os.kill(started.guardian, signal.SIGKILL)
        started.process.kill()
        started.process.wait()
        assert all(map(psutil.pid_exists, started.pids))

        earlier.clear()

        wait_until_gone(*started.pids)
    assert list(tmp_path.iterdir()) == []


@needs_table
def test_it_is_found_where_the_temporary_folder_was_another(tmp_path: Path) -> None:
    with controller(tmp_path) as started:
        os.kill(started.guardian, signal.SIGKILL)
        started.process.kill()
        started.process.wait()

        earlier.clear()

        wait_until_gone(*started.pids)
    assert not started.life.exists()


def test_a_living_run_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with controller(tmp_path) as started:
        earlier.clear()
        assert started.life.is_dir()
        assert all(map(psutil.pid_exists, started.pids))


@pytest.fixture
def program() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Return a list; whatever a test adds to it is ended."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        children.end(process)


@needs_table
@pytest.mark.parametrize("clean", ["env", "env -i"], ids=["marked", "unmarked"])
def test_orphans_are_counted_and_ended(
    tmp_path: Path, program: list[subprocess.Popen[bytes]], clean: str
) -> None:
    folder, mark, daemon = new_folder(), tmp_path / "pid", tmp_path / "daemon"
    daemon.write_text(f"echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 600")
    started = f"{clean} PATH='{os.environ['PATH']}' setsid sh {daemon}"
    script = f"{started} & until [ -e {mark} ]; do sleep 0.01; done"
    process = children.start(["sh", "-c", script], folder=folder)
    program.append(process)
    process.wait()

    left = children.end(process, folder=folder, since=children.started_at(process))

    assert left == 1
    assert not psutil.pid_exists(int(mark.read_text()))


@needs_table
def test_one_that_was_killed_has_left_nothing_behind(
    tmp_path: Path, program: list[subprocess.Popen[bytes]]
) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    process = children.start(["sh", "-c", f"sleep 600 & echo $! > {ready}; wait"])
    program.append(process)
    child = int(ready.read_text())
    process.kill()
    process.wait()

    assert children.end(process, since=children.started_at(process)) == 0
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


@needs_table
def test_a_child_that_was_started_otherwise_is_left_alone(
    program: list[subprocess.Popen[bytes]],
) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        process = children.start(["true"])
        program.append(process)
        # The table counts in hundredths of a second: in one of them all are of one age.
        assert children.started_at(process) >= table()[other.pid].started
        since = table()[other.pid].started + 1
        process.wait()

        children.end(process, since=since)

        assert other.poll() is None


def test_a_guardian_that_was_killed_is_replaced() -> None:
    guardian.guard(life().folder)
    first = guardian.guardian_pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until_gone(first)

    guardian.guard(life().folder)

    assert guardian.guardian_pid() not in (None, first)


def test_a_guardian_that_is_stopped_stops_nothing() -> None:
    guardian.guard(life().folder)
    pid = guardian.guardian_pid()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        for number in range(20_000):
            guardian.forget(10_000_000 + number)
    finally:
        os.kill(pid, signal.SIGCONT)


@needs_table
def test_the_table_knows_parents_and_marks(program: list[subprocess.Popen[bytes]]) -> None:
    process = children.start(["sleep", "600"])
    program.append(process)

    while mark_of(process.pid) is None:
        pass  # it has not begun its program yet

    rows = table()

    assert rows[process.pid].parent == os.getpid()
    assert rows[process.pid].session == process.pid
    assert mark_of(process.pid) == str(life().folder)
    assert process.pid in with_children(rows, [os.getpid()])
    assert mark_of(os.getpid()) == os.environ.get(MARK)


@needs_table
def test_the_dead_are_not_alive() -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not table()[process.pid].is_alive
        assert with_children(table(), [process.pid]) == set()


def test_without_a_table_groups_are_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("harness.lifetime.table._PROC", str(tmp_path / "missing"))
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        guardian.end_all([], {process.pid})
        assert process.wait() == -signal.SIGKILL
    children._wait_for_group(process.pid, time.monotonic() + 5)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
