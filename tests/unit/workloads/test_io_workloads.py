"""Workloads that wait for a device or for another process, in the controller's interpreter."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.unit.workloads.test_workloads import made
from workloads import files, ground_control, remote_control, sockets
from workloads.companion import companion
from workloads.environment import FOLDER
from workloads.gang import Gang, Sample, Serial, ThreadGang, WorkloadError
from workloads.lookup import find
from workloads.processes import ProcessGang
from workloads.tasks import TaskGang
from workloads.thinking_server import FRAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workloads.registry import Part


def run(gang: Gang, *, times: int = 1) -> Sample:
    with contextlib.closing(gang):
        for _ in range(times - 1):
            gang.run(1)
        return gang.run(1)


def held() -> tuple[int, int, int]:
    """Count what this process has open: descriptors, threads, children."""
    this = psutil.Process()
    return this.num_fds(), threading.active_count(), len(this.children(recursive=True))


@pytest.mark.parametrize(
    ("name", "gang"),
    [
        ("file_io", ThreadGang),
        ("file_io", ProcessGang),
        ("socket_io", ThreadGang),
        ("socket_io", TaskGang),
        ("blocking_io", TaskGang),
    ],
)
def test_the_checksum_is_one_at_every_thread_count_and_in_every_mode(
    name: str, gang: Callable[..., Gang]
) -> None:
    expected = run(ThreadGang(find(name), 1)).checksum

    assert [run(gang(find(name), count), times=2).checksum for count in (1, 3)] == [expected] * 2


@pytest.mark.no_cover
def test_nothing_is_left_open_after_a_thousand_calls_and_after_many_gangs() -> None:
    find("file_io")
    before = held()
    for name, size, gang in (
        ("file_io", 1, ThreadGang),
        ("socket_io", 1, ThreadGang),
        ("socket_io", 1, TaskGang),
    ):
        workload = made(
            find(name).function,
            size=size, scaling="weak", resource=find(name).resource, coroutine=find(name).coroutine,
        )  # fmt: skip
        with contextlib.closing(gang(workload, 2)) as subject:
            subject.run(1)
            while_open = held()
            for _ in range(1000):
                subject.run(1)
            assert held() == while_open
        assert held() == before
        for _ in range(3):
            run(gang(workload, 2))
        assert held() == before
    run(Serial(find("remote_control"), 2))
    assert held() == before


def test_tasks_wait_at_the_same_time() -> None:
    sample = run(TaskGang(find("blocking_io"), 3))

    assert sample.wall_s >= 0.5
    assert sample.cpu_s < sample.wall_s


def test_files_lie_where_the_user_said_and_have_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with files.temporary_files() as open_one:
        first, second = open_one(), open_one()
        assert [*tmp_path.iterdir()] == []
        for file in (first, second):
            where = Path(f"/proc/self/fd/{file.fileno()}").readlink()
            assert where.parent == tmp_path
            assert os.fstat(file.fileno()).st_nlink == 0
    assert first.closed
    assert second.closed


def test_a_folder_that_is_not_there_is_an_error_of_the_workload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "missing"))

    with pytest.raises(WorkloadError, match=r"raised FileNotFoundError.*missing"):
        run(ThreadGang(find("file_io"), 2))


def test_a_wrong_answer_of_the_server_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="closed the connection"):
        sockets._checked(1, b"")
    with pytest.raises(RuntimeError, match=r"answered \(1, 0\) to 1"):
        sockets._checked(1, FRAME.pack(1, 0))


def test_a_resource_is_opened_once_per_gang_and_makes_the_state_of_every_part() -> None:
    events: list[object] = []

    @contextlib.contextmanager
    def resource() -> Iterator[Callable[[], object]]:
        def state() -> object:
            events.append("state")
            return len(events)

        events.append("open")
        yield state
        events.append("close")

    def function(part: Part) -> int:
        events.append(part.state)
        return 1

    workload = made(function, resource=resource)
    run(ThreadGang(workload, 2), times=2)
    assert events[:3] == ["open", "state", "state"]
    assert events.count("close") == 1
    assert events[-1] == "close"
    assert len(events) == 8

    events.clear()
    run(Serial(workload, 2), times=2)
    assert events == ["open", "state", 2, 2, "close"]


def test_every_part_is_made_before_a_gang_can_be_started() -> None:
    made_parts: list[int] = []

    def state() -> None:
        threading.Event().wait(0.05)
        made_parts.append(1)

    gang = ThreadGang(made(lambda part: part.index, state=state), 2)
    assert len(made_parts) == 2
    run(gang)


def test_a_companion_that_fails_is_named_with_its_status() -> None:
    with (
        companion("workloads.ground_control", "1") as control,  # nobody listens at port 1
        pytest.raises(WorkloadError, match="the process ground_control ended with 1"),
    ):
        control.receive()


class Aircraft(threading.Thread):
    """Answers as it is told: ``change`` is applied to every position."""

    def __init__(self, connection: socket.socket, change: Callable[[int], int]) -> None:
        """Take over ``connection``."""
        super().__init__()
        self._connection = connection
        self._change = change

    def run(self) -> None:
        """Answer one command at a time until the connection ends."""
        position = 0
        with self._connection:
            while message := self._connection.recv(ground_control.MESSAGE.size):
                number, command = ground_control.MESSAGE.unpack(message)
                position = ground_control.steered(position, command)
                self._connection.sendall(
                    ground_control.MESSAGE.pack(number, self._change(position))
                )


def conduct(change: Callable[[int], int], count: int = 20) -> ground_control.Report:
    ours, theirs = socket.socketpair()
    aircraft = Aircraft(theirs, change)
    aircraft.start()
    with ours:
        report = ground_control.conduct(ours, count, 0.001)
    aircraft.join()
    return report


def test_right_and_wrong_answers_are_told_apart() -> None:
    assert conduct(lambda position: position).correct == [True] * 20
    assert not any(conduct(lambda position: position ^ 1).correct)


def test_commands_go_out_on_time_whether_or_not_answers_come() -> None:
    """Nothing is answered before the last command has been sent: a client that waited hangs."""
    ours, theirs = socket.socketpair()
    count, size = 30, ground_control.MESSAGE.size
    reports = []
    with ours, theirs:
        client = threading.Thread(
            target=lambda: reports.append(ground_control.conduct(ours, count, 0.002))
        )
        client.start()
        arrived = b""
        while len(arrived) < count * size:
            arrived += theirs.recv(4096)
        position, answers = 0, b""
        for number, command in ground_control.MESSAGE.iter_unpack(arrived):
            position = ground_control.steered(position, command)
            answers += ground_control.MESSAGE.pack(number, position)
        theirs.sendall(answers[:-3])  # a stream may cut anywhere
        theirs.sendall(answers[-3:])
        client.join()

    (report,) = reports
    assert all(report.correct)
    # The first has waited for the whole schedule, whenever the last was answered.
    assert report.response_s[0] >= (count - 1) * 0.002
    differences = [a - b for a, b in zip(report.response_s, report.response_s[1:], strict=False)]
    assert differences[:-2] == pytest.approx([0.002] * (count - 3), abs=1e-6)
    assert all(delay >= 0 for delay in report.send_delay_s)


def test_commands_without_answers_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground_control, "GRACE_S", 0.01)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError, match="3 of 3 commands have no answer"):
        ground_control.conduct(ours, 3, 0.001)


def test_an_aircraft_that_is_gone_is_an_error() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(ConnectionError):
        ground_control.conduct(ours, 3, 0.001)


@pytest.mark.parametrize("threads", [1, 3])
def test_remote_control_reports_every_response_and_what_was_computed(threads: int) -> None:
    with contextlib.closing(Serial(find("remote_control"), threads)) as gang:
        for _ in range(2):
            sample = gang.run(1)
            notes = sample.notes
            assert sample.checksum == remote_control.REQUESTS
            assert len(notes["response_s"]) == len(notes["send_delay_s"]) == sample.checksum
            late = sum(1 for each in notes["response_s"] if each > remote_control.DEADLINE_S)
            assert notes["missed_deadlines"] == [late]
            assert (notes["computed_units"][0] > 0) == (threads > 1)
            assert all(
                delay < response
                for delay, response in zip(notes["send_delay_s"], notes["response_s"], strict=True)
            )
            expected_s = find("remote_control").value_s
            assert expected_s is not None
            assert sample.wall_s >= expected_s
