"""A worker's side of the channel, and what a whole worker makes of its turns."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.storage.worker_result import read_run
from workloads.turns import DONE, END, GO, READY, NoMoreTurns, Turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60.0


@pytest.fixture
def channel() -> Iterator[tuple[socket.socket, Turns]]:
    """Return the controller's end, and the turns at the other end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, Turns(theirs.fileno())


def said(ours: socket.socket) -> bytes:
    """Return what was written and not read yet, without waiting."""
    try:
        return ours.recv(100, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return b""


def test_without_a_channel_nothing_is_waited_for() -> None:
    turns = Turns(None)

    for _ in range(3):
        turns.wait()
        turns.done()
    turns.wait_for_end()


def test_it_is_announced_once_and_every_call_is_granted_and_given_back(
    channel: tuple[socket.socket, Turns],
) -> None:
    ours, turns = channel
    assert said(ours) == b""

    for expected in (READY, b""):
        ours.send(GO)
        turns.wait()
        assert said(ours) == expected
        turns.done()
        assert said(ours) == DONE


def test_after_the_end_there_is_no_turn(channel: tuple[socket.socket, Turns]) -> None:
    ours, turns = channel
    ours.send(GO + END)

    turns.wait()
    for _ in range(2):
        with pytest.raises(NoMoreTurns):
            turns.wait()
    turns.wait_for_end()


def test_the_end_is_waited_for_after_the_last_call(channel: tuple[socket.socket, Turns]) -> None:
    ours, turns = channel
    ours.send(GO)
    turns.wait()
    turns.done()
    ours.send(END)

    turns.wait_for_end()

    with pytest.raises(NoMoreTurns):
        turns.wait()


def test_children_do_not_inherit_the_channel() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        os.set_inheritable(theirs.fileno(), True)  # noqa: FBT003 - takes no keywords
        Turns(theirs.fileno())
        assert not os.get_inheritable(theirs.fileno())


def run_python(program: str, theirs: socket.socket) -> subprocess.Popen[str]:
    """Start a program of one Turns called ``turns``; it owns the other end from now on."""
    descriptor = theirs.fileno()
    start = f"from workloads.turns import Turns; turns = Turns({descriptor}); "
    process = subprocess.Popen(
        [sys.executable, "-c", start + program],
        pass_fds=[descriptor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    theirs.close()
    return process


@pytest.mark.parametrize("call", ["wait", "wait_for_end"])
def test_a_worker_whose_controller_is_gone_ends_in_silence(call: str) -> None:
    ours, theirs = socket.socketpair()
    with run_python(f"turns.{call}(); print('went on')", theirs) as process:
        ours.close()
        output, _ = process.communicate(timeout=PATIENCE_S)

    assert (process.returncode, output) == (4, "")


def test_a_worker_whose_controller_goes_during_a_call_ends_too() -> None:
    ours, theirs = socket.socketpair()
    program = "import sys; turns.wait(); sys.stdin.read(); turns.done(); turns.wait(); print('on')"
    with run_python(program, theirs) as process:
        ours.send(GO)
        ours.settimeout(PATIENCE_S)
        assert ours.recv(1) == READY
        ours.close()
        output, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode != 0
    assert not output.endswith("on\n")


def worker(
    theirs: socket.socket, result: Path, *more: str, pin: str | None = None
) -> subprocess.Popen[str]:
    """Start a worker that takes turns: two warm-ups, and at most four values."""
    environment = {name: text for name, text in os.environ.items() if name != "GILSCOPE_PIN"}
    process = subprocess.Popen(
        [
            sys.executable, "-m", "workloads", "--workload=factorize", "--expect-gil=on",
            f"--turns={theirs.fileno()}", *more,
            "--worker", "--worker-task=0", "-l1", "-w2", "-n4", "-o", str(result),
        ],
        pass_fds=[theirs.fileno()],
        env={**environment, **({} if pin is None else {"GILSCOPE_PIN": pin})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    theirs.close()
    return process


@pytest.mark.parametrize("values", [1, 4], ids=["ended early", "all values"])
def test_a_worker_has_as_many_values_as_it_had_turns(tmp_path: Path, values: int) -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    result = tmp_path / "result.json"
    with ours, worker(theirs, result, "--lead=1") as process:
        assert ours.recv(1) == READY
        for _ in range(2 + values):
            ours.send(GO)
            assert ours.recv(1) == DONE
        # Quiet until it is told that all others have had their turns, too.
        assert not result.exists()
        ours.send(END)
        output, _ = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0, output
    run = read_run(result.read_bytes())
    assert (len(run.warmups), len(run.values), len(run.samples)) == (2, values, 2 + values)
    assert run.unpinned is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="nothing can be pinned here")
@pytest.mark.parametrize("mode", ["threads", "processes"])
def test_a_pinned_worker_says_so(tmp_path: Path, mode: str) -> None:
    cpu = min(os.sched_getaffinity(0))
    run = run_pinned(tmp_path, f"{cpu}", f"--mode={mode}")

    assert run["gilscope_pinned"] == "yes"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="nothing can be pinned here")
@pytest.mark.parametrize("mode", ["threads", "processes"])
def test_a_worker_that_could_not_be_pinned_says_why_and_measures(tmp_path: Path, mode: str) -> None:
    run = run_pinned(tmp_path, "4000", f"--mode={mode}")

    assert run["gilscope_pinned"] == "Invalid argument"


def run_pinned(folder: Path, pin: str, *more: str) -> dict[str, str]:
    """Run a worker of one value, and return its metadata."""
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    result = folder / "result.json"
    with ours, worker(theirs, result, *more, pin=pin) as process:
        assert ours.recv(1) == READY
        for _ in range(3):
            ours.send(GO)
            assert ours.recv(1) == DONE
        ours.send(END)
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, output
    metadata: dict[str, str] = json.loads(result.read_bytes())["metadata"]
    return metadata
