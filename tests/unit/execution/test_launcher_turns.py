"""The real launcher on workers that take turns: small scripts that obey the protocol, or do not."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.execution.launcher import Finished, Launch, SubprocessLauncher, Worker
from tests.unit.execution.test_launcher import is_gone, workers_folders
from workloads.turns import DONE, END, GO, READY

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30.0
"""Far longer than anything here takes: a test that needs it fails."""
SHORT_S = 0.2
OBEDIENT = """
import os, sys
channel, count = int(sys.argv[1]), 0
os.write(channel, b"r")
while os.read(channel, 1) == b"g":
    count += 1
    os.write(channel, b"d")
with open(sys.argv[2], "w") as file:
    file.write(f"{count} turns")
"""
HANGING = """
import os, sys, time
os.write(int(sys.argv[1]), b"r")
time.sleep(600)
"""


@pytest.fixture
def launcher() -> Iterator[SubprocessLauncher]:
    """Return a launcher; whatever a test leaves running is ended."""
    found = SubprocessLauncher()
    yield found
    found.end()


def start(launcher: SubprocessLauncher, program: str, *more: str) -> Worker:
    """Start a Python program with its channel's descriptor and the result file as arguments."""
    command = (sys.executable, "-I", "-S", "-c", program, "{turns}", "{output}", *more)
    environment = (("PATH", os.environ["PATH"]),)
    return launcher.start(
        Launch(command=command, environment=environment, affinity=(), timeout_s=PATIENCE_S)
    )


def message(launcher: SubprocessLauncher, worker: Worker) -> bytes:
    """Wait for a worker's next message."""
    assert launcher.ready([worker], PATIENCE_S) == [worker]
    return worker.receive()


def finished(worker: Worker) -> Finished:
    """Wait for a worker's end."""
    return worker.finish(PATIENCE_S)


def test_a_worker_gets_tokens_and_answers_and_its_result_is_read(
    launcher: SubprocessLauncher,
) -> None:
    worker = start(launcher, OBEDIENT)

    assert message(launcher, worker) == READY
    for _ in range(3):
        worker.send(GO)
        assert message(launcher, worker) == DONE
    worker.send(END)
    ended = finished(worker)

    assert (ended.exit_code, ended.result, ended.stderr_tail) == (0, b"3 turns", "")
    assert not ended.is_timed_out
    assert ended.duration_s > 0
    assert finished(worker) is ended


def test_only_workers_with_something_to_say_are_ready(launcher: SubprocessLauncher) -> None:
    first, second = start(launcher, OBEDIENT), start(launcher, OBEDIENT)
    assert (message(launcher, first), message(launcher, second)) == (READY, READY)

    assert launcher.ready([first, second], 0.0) == []
    second.send(GO)
    assert launcher.ready([first, second], PATIENCE_S) == [second]
    assert second.receive() == DONE

    for worker in (first, second):
        worker.send(END)
    assert [finished(worker).result for worker in (first, second)] == [b"0 turns", b"1 turns"]


@pytest.mark.parametrize(
    ("last", "exit_code"),
    [
        ("sys.exit(3)", 3),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("os.read(channel, 1); os.kill(os.getpid(), 11)", -signal.SIGSEGV),
    ],
    ids=["exits", "is killed", "crashes in a turn"],
)
def test_the_death_of_a_worker_closes_its_channel(
    launcher: SubprocessLauncher, last: str, exit_code: int
) -> None:
    program = "import os, sys; channel = int(sys.argv[1]); os.write(channel, b'r'); "
    worker = start(launcher, program + "print('said'); sys.stdout.flush(); " + last)
    assert message(launcher, worker) == READY
    worker.send(GO)

    assert message(launcher, worker) == b""
    ended = finished(worker)

    assert (ended.exit_code, ended.is_timed_out) == (exit_code, False)
    assert (ended.stderr_tail, ended.result) == ("said\n", None)


def test_a_child_that_runs_on_does_not_hide_the_death_of_its_worker(
    launcher: SubprocessLauncher, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    worker = start(
        launcher,
        # As workers do: their channel is not for children, even for those that inherit all else.
        "import os, subprocess, sys; channel = int(sys.argv[1]); "
        "os.set_inheritable(channel, False); "
        "child = subprocess.Popen(['sleep', '600'], close_fds=False); "
        "open(sys.argv[3], 'w').write(str(child.pid)); os.write(channel, b'r'); os._exit(7)",
        str(pids),
    )

    assert message(launcher, worker) == READY
    assert message(launcher, worker) == b""
    assert finished(worker).exit_code == 7
    assert is_gone(int(pids.read_text()))


def test_what_a_worker_still_writes_is_no_reason_to_wait(launcher: SubprocessLauncher) -> None:
    worker = start(launcher, "import os, sys; os.write(int(sys.argv[1]), b'x' * 1000)")

    ended = finished(worker)

    assert (ended.exit_code, ended.is_timed_out) == (0, False)


def test_a_worker_that_hangs_is_not_ready_and_killed_on_finishing(
    launcher: SubprocessLauncher,
) -> None:
    worker = start(launcher, HANGING)
    assert message(launcher, worker) == READY
    worker.send(GO)

    assert launcher.ready([worker], SHORT_S) == []
    ended = worker.finish(SHORT_S)

    assert (ended.exit_code, ended.is_timed_out) == (-signal.SIGKILL, True)


def test_a_worker_that_closes_its_channel_and_stays_is_killed(
    launcher: SubprocessLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.execution.worker_process._EXIT_S", SHORT_S)
    worker = start(launcher, "import os, sys, time; os.close(int(sys.argv[1])); time.sleep(600)")

    assert message(launcher, worker) == b""
    ended = finished(worker)

    assert (ended.exit_code, ended.is_timed_out) == (-signal.SIGKILL, True)


def test_a_worker_that_is_killed_took_too_long(launcher: SubprocessLauncher) -> None:
    worker = start(launcher, HANGING)
    worker.kill()

    assert message(launcher, worker) in (READY, b"")
    ended = finished(worker)

    assert (ended.exit_code, ended.is_timed_out) == (-signal.SIGKILL, True)


def test_to_a_worker_that_is_gone_nothing_is_sent_and_nothing_breaks(
    launcher: SubprocessLauncher,
) -> None:
    worker = start(launcher, "pass")
    assert message(launcher, worker) == b""

    for _ in range(2):
        worker.send(GO)
    assert worker.receive() == b""
    assert finished(worker).exit_code == 0
    worker.send(END)
    assert worker.receive() == b""


def test_a_program_that_is_not_there_has_closed_its_channel(launcher: SubprocessLauncher) -> None:
    worker = launcher.start(
        Launch(command=("/no/such/python",), environment=(), affinity=(), timeout_s=1)
    )

    assert message(launcher, worker) == b""
    ended = finished(worker)

    assert ended.exit_code is None
    assert ended.stderr_tail == "/no/such/python cannot be started: No such file or directory"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing lists descriptors")
def test_without_turns_a_worker_has_no_channel(launcher: SubprocessLauncher) -> None:
    ended = launcher(
        Launch(
            command=("/bin/ls", "/proc/self/fd"), environment=(), affinity=(), timeout_s=PATIENCE_S
        )
    )

    # Its standard streams, and the folder that is listed.
    assert ended.stderr_tail.split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("is_waiting", [True, False], ids=["while it waits", "between calls"])
def test_ending_kills_all_workers_and_raises(
    launcher: SubprocessLauncher, tmp_path: Path, *, is_waiting: bool
) -> None:
    programs = (
        "import os, sys, time; open(sys.argv[3], 'w').write(str(os.getpid())); "
        "os.write(int(sys.argv[1]), b'r'); time.sleep(600)"
    )
    pids = [tmp_path / str(number) for number in range(3)]
    workers = [start(launcher, programs, str(path)) for path in pids]
    for worker in workers:
        assert message(launcher, worker) == READY

    timer = threading.Timer(SHORT_S if is_waiting else 0.0, launcher.end)
    timer.start()
    if not is_waiting:
        timer.join()
    with pytest.raises(KeyboardInterrupt):
        launcher.ready(workers, PATIENCE_S)
    timer.join()

    assert [finished(worker).exit_code for worker in workers] == [-signal.SIGKILL] * 3
    assert all(is_gone(int(path.read_text())) for path in pids)
    with pytest.raises(KeyboardInterrupt):
        start(launcher, OBEDIENT)
    with pytest.raises(KeyboardInterrupt):
        launcher.ready([], 0.0)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing lists descriptors")
def test_no_temporary_folder_and_no_descriptor_is_left(
    launcher: SubprocessLauncher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    finished(start(launcher, "pass"))  # opens what is kept as long as this process lives
    before = len(list(Path("/proc/self/fd").iterdir()))

    worker = start(launcher, OBEDIENT)
    assert workers_folders(tmp_path) != []
    assert message(launcher, worker) == READY
    worker.send(END)
    finished(worker)

    assert workers_folders(tmp_path) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before
