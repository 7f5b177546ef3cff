"""Nothing that a worker does or leaves behind ends the controller, or makes it wait."""

from __future__ import annotations

import errno
import os
import resource
import sys
from pathlib import Path

import psutil
import pytest

from harness.errors import StoreError
from harness.execution import output
from harness.execution.launcher import Finished, Launch, SubprocessLauncher
from harness.execution.output import read_result
from tests.unit.execution.test_launcher import launch, workers_folders
from workloads.turns import END, GO, READY

PATIENCE_S = 30.0
needs_table = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="nothing lists processes here"
)


@pytest.fixture
def launcher() -> SubprocessLauncher:
    return SubprocessLauncher()


def launch_in_turns(program: str, *more: str) -> Launch:
    return Launch(
        command=(sys.executable, "-I", "-S", "-c", program, "{turns}", "{output}", *more),
        environment=(("PATH", os.environ["PATH"]),),
        affinity=(),
        timeout_s=PATIENCE_S,
    )


@pytest.mark.parametrize(
    "script",
    [
        'mkfifo "$1"',
        'ln -s /dev/zero "$1"',
        'echo result > other; ln -s other "$1"',
        'mkdir "$1"',
        'ln -s /dev/full "$1"',
        'ln -s missing "$1"',
    ],
    ids=["pipe", "endless", "link", "folder", "device", "dangling"],
)
def test_a_result_that_is_no_plain_file_is_not_read(script: str) -> None:
    finished = launch(script)

    assert (finished.exit_code, finished.result) == (0, None)
    assert finished.complaint == "the worker's result is not a plain file"


@pytest.mark.parametrize("script", ['truncate -s 17M "$1"', 'head -c 16000001 /dev/zero > "$1"'])
def test_a_result_that_is_too_large_is_not_read(script: str) -> None:
    finished = launch(script)

    assert finished.result is None
    assert finished.complaint == "the worker's result is too large: more than 16 MB"


def test_the_largest_result_is_read() -> None:
    finished = launch('head -c 16000000 /dev/zero > "$1"')

    assert finished.result is not None
    assert (len(finished.result), finished.complaint) == (16_000_000, "")


def test_a_result_that_cannot_be_read_is_a_complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "it").touch()

    def refuse(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error", path)

    monkeypatch.setattr(output, "open_plain", refuse)
    assert read_result(tmp_path / "it").complaint == (
        "the worker's result cannot be read: Input/output error"
    )


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at what workers print all the time, and allow them less."""
    monkeypatch.setattr("harness.execution.output.MAX_PRINTED_BYTES", 100_000)
    monkeypatch.setattr("harness.execution.worker_process.LOOK_S", 0.05)
    monkeypatch.setattr("harness.execution.launcher.LOOK_S", 0.05)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("script", ["yes", "yes >&2", "yes & wait"], ids=["out", "err", "child"])
def test_one_that_prints_without_end_is_ended(script: str) -> None:
    finished = launch(script)

    assert not finished.is_timed_out
    assert "had printed more than" in finished.complaint


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(
    ("when", "before"),
    [
        ("while it starts", ""),
        ("in its turn", "os.write(n, b'r'); os.read(n, 1)"),
        ("out of its turn", "os.write(n, b'r')"),
        ("at its end", "os.write(n, b'r'); os.read(n, 1)"),
    ],
)
def test_so_is_one_that_takes_turns(launcher: SubprocessLauncher, when: str, before: str) -> None:
    worker = launcher.start(
        launch_in_turns(
            f"import os, sys; n = int(sys.argv[1]); {before}\nwhile True: print('x' * 1000)"
        )
    )
    if before:
        assert launcher.ready([worker], PATIENCE_S) == [worker]
        assert worker.receive() == READY
    if when == "in its turn":
        worker.send(GO)
    if when == "at its end":
        worker.send(END)
        finished = worker.finish(PATIENCE_S)
    else:
        assert launcher.ready([worker], PATIENCE_S) == [worker]
        assert worker.receive() == b""
        finished = worker.finish(PATIENCE_S)

    assert not finished.is_timed_out
    assert "had printed more than" in finished.complaint


FORKING = """
import os, sys, time
if os.fork() == 0:
    time.sleep(600)
os.write(int(sys.argv[1]), b"r")
os.read(int(sys.argv[1]), 1)
open(sys.argv[2], "w").write("result")
"""


def fork_and_end(launcher: SubprocessLauncher) -> Finished:
    """Let a worker end whose child keeps its channel open."""
    worker = launcher.start(launch_in_turns(FORKING))
    assert launcher.ready([worker], PATIENCE_S) == [worker]
    assert worker.receive() == READY
    worker.send(GO)
    assert launcher.ready([worker], PATIENCE_S) == [worker]
    assert worker.receive() == b""
    return worker.finish(PATIENCE_S)


def test_a_child_that_keeps_the_channel_open_does_not_hide_the_end(
    launcher: SubprocessLauncher,
) -> None:
    finished = fork_and_end(launcher)

    assert (finished.is_timed_out, finished.result) == (False, b"result")


def test_nor_does_it_where_no_descriptor_of_a_process_can_be_opened(
    launcher: SubprocessLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)

    finished = fork_and_end(launcher)

    assert (finished.is_timed_out, finished.result) == (False, b"result")
    assert launch("exit 3").exit_code == 3


@needs_table
def test_a_writer_that_got_away_neither_lives_nor_breaks_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    loop = "while :; do mkdir -p $0; echo x > $0/$(date +%N); done"

    finished = launch(
        f"setsid sh -c '{loop}' $PWD >/dev/null 2>&1 & echo $! > \"$1\"; "
        "until [ $(ls | wc -l) -gt 4 ]; do :; done"
    )

    assert finished.exit_code == 0
    assert finished.left_processes >= 1
    assert workers_folders(tmp_path) == []


@needs_table
@pytest.mark.parametrize("detach", ["", "setsid"])
def test_children_that_were_left_behind_are_counted(tmp_path: Path, detach: str) -> None:
    mark = tmp_path / "pid"

    finished = launch(f"for i in 1 2 3; do {detach} sleep 600 & done; echo $! > {mark}; exit 7")

    assert (finished.exit_code, finished.left_processes) == (7, 3)
    assert launch("true").left_processes == 0


@needs_table
def test_a_child_that_ends_by_itself_is_not_left_behind() -> None:
    assert launch("sh -c 'kill -0 $$' & exit 0").left_processes == 0


def test_one_that_took_too_long_has_left_nothing_behind() -> None:
    finished = launch("sleep 600 & sleep 600", timeout_s=0.2)

    assert (finished.is_timed_out, finished.left_processes) == (True, 0)


def test_a_temporary_folder_that_is_gone_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launcher: SubprocessLauncher
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(StoreError, match=r"cannot be started in .*No such file.*set TMPDIR"):
        launch("true", launcher=launcher)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert launch("true", launcher=launcher).exit_code == 0


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing lists descriptors")
def test_a_lack_of_descriptors_is_said_and_leaves_no_process(
    launcher: SubprocessLauncher,
) -> None:
    launch("true")
    children = psutil.Process().children()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    said = ""
    for most in range(4, used + 20):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
        try:
            launcher.start(launch_in_turns("pass")).finish(PATIENCE_S)
        except StoreError as error:
            said = str(error)
        else:
            break
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert "Too many open files; allow more open files with ulimit -n" in said
    assert psutil.Process().children() == children
