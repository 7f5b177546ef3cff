"""Canaries between values: real processes on the CPUs of this one."""

from __future__ import annotations

import os
import signal

import pytest

from harness.machine import canaries as module
from harness.machine.canaries import Canaries, canaries

if not hasattr(os, "sched_setaffinity"):
    pytest.skip("no process can be pinned here", allow_module_level=True)

CPUS = sorted(os.sched_getaffinity(0))


def pids(singing: Canaries) -> list[int]:
    return [process.pid for process in singing._processes]


def test_a_canary_answers_from_each_cpu() -> None:
    with canaries(CPUS) as singing:
        assert [os.sched_getaffinity(pid) for pid in pids(singing)] == [{cpu} for cpu in CPUS]
        for _ in range(3):
            took_us = singing.sing()
            assert list(took_us) == CPUS
            assert all(0 < took < 10_000_000 for took in took_us.values())


def test_their_cpu_time_is_known_and_grows() -> None:
    with canaries(CPUS) as singing:
        before = singing.cpu_s()
        singing.sing()
        after = singing.cpu_s()

    assert 0 < before < after < 60 * len(CPUS)


def test_one_that_was_killed_is_left_out_and_the_others_go_on() -> None:
    with canaries(CPUS) as singing:
        gone = singing._processes[-1]
        gone.send_signal(signal.SIGKILL)
        gone.wait()
        for _ in range(2):
            assert list(singing.sing()) == CPUS[:-1]
        assert singing.cpu_s() > 0


def test_one_that_may_not_run_on_its_cpu_is_left_out() -> None:
    with canaries([CPUS[0], 4000]) as singing:
        assert list(singing.sing()) == CPUS[:1]


def test_one_that_is_stopped_does_not_stop_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with canaries(CPUS) as singing:
        monkeypatch.setattr(module, "_PATIENCE_S", 0.1)
        stopped = singing._processes[0]
        stopped.send_signal(signal.SIGSTOP)
        assert CPUS[0] not in singing.sing()
        # Its late answer would be taken for one to a later call.
        stopped.send_signal(signal.SIGCONT)
        for _ in range(2):
            assert CPUS[0] not in singing.sing()


def test_closing_leaves_no_process() -> None:
    with canaries(CPUS) as singing:
        started = pids(singing)
        assert all(process.poll() is None for process in singing._processes)

    assert [process.returncode for process in singing._processes] == [0] * len(CPUS)
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    for process in singing._processes:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdin.closed
        assert process.stdout.closed


def test_one_that_does_not_end_by_itself_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_END_S", 0.1)
    with canaries(CPUS[:1]) as singing:
        (stopped,) = singing._processes
        stopped.send_signal(signal.SIGSTOP)

    assert stopped.returncode == -signal.SIGKILL


def test_an_error_meanwhile_leaves_no_process_either() -> None:
    with pytest.raises(KeyboardInterrupt), canaries(CPUS[:1]) as singing:
        raise KeyboardInterrupt

    assert singing._processes[0].returncode == 0


def test_where_no_process_can_be_pinned_one_sings_and_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    with canaries(CPUS) as singing:
        assert len(singing._processes) == 1
        assert singing.sing() == {}
        assert singing.cpu_s() > 0


def test_ctrl_c_does_not_reach_them() -> None:
    with canaries(CPUS[:1]) as singing:
        (pid,) = pids(singing)
        assert os.getsid(pid) == pid
