"""What a workload changes between values is set back and remarked; what it leaves is named."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workloads import remarks, settings
from workloads.checks import WorkloadError
from workloads.gang import Serial, ThreadGang
from workloads.leftovers import Leftovers
from workloads.registry import Part, Workload
from workloads.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _no_remarks_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remarks, "_seen", {})
    monkeypatch.setattr("workloads.leftovers._PATIENCE_S", 0.05)


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Return an event that is set at the end of the test, for threads that are left."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name.startswith("left-"):
            thread.join()


def change_folder() -> None:
    os.chdir(os.pardir)


def change_environment() -> None:
    os.environ["GILSCOPE_TEST_OF_WATCH"] = "1"
    os.environ.pop("PATH")


def change_handler() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def change_streams() -> None:
    sys.stdout = io.StringIO()


def change_timer() -> None:
    signal.setitimer(signal.ITIMER_REAL, 3600)


CHANGES: tuple[tuple[str, Callable[[], object]], ...] = (
    ("the switch interval", lambda: sys.setswitchinterval(0.5)),
    ("whether the garbage collector is on", gc.disable),
    ("the thresholds of the garbage collector", lambda: gc.set_threshold(7, 7, 7)),
    ("the recursion limit", lambda: sys.setrecursionlimit(5000)),
    ("the current folder", change_folder),
    ("the environment", change_environment),
    ("signal handlers", change_handler),
    ("a timer", change_timer),
    ("the filters of warnings", lambda: warnings.simplefilter("ignore", FutureWarning)),
    ("sys.path", lambda: sys.path.insert(0, "/nowhere")),
    ("standard streams", change_streams),
    ("the trace or profile function of new threads", lambda: threading.setprofile(print)),
)


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[name for name, _ in CHANGES])
def test_what_a_call_changes_is_set_back_before_the_next_and_named(
    name: str, change: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (setting,) = [each for each in settings.OF_PROCESS if each.name == name]
    before = setting.read()
    watch = Watch()

    change()
    assert setting.read() != before
    watch.look()

    assert setting.read() == before
    assert remarks.seen() == [("restored", name)]


def test_a_trace_function_is_taken_from_the_thread_that_has_set_it() -> None:
    seen = []

    def work(part: Part) -> int:
        seen.append(sys.getprofile())
        sys.setprofile(lambda *event: None)  # noqa: ARG005
        return part.index

    gang = ThreadGang(Workload(name="made", function=work, scaling="strong"), 2)
    gang.run(1)
    gang.run(1)
    gang.close()

    assert seen == [None] * 4
    assert remarks.seen() == [("restored", "the trace or profile function")]


def test_a_call_that_changes_nothing_is_not_remarked() -> None:
    watch = Watch()
    for _ in range(5):
        watch.look()
    watch.finish()

    assert remarks.seen() == []


def test_a_state_is_remarked_in_words_where_it_changes_how_long_work_takes() -> None:
    kept = settings.Kept(settings.OF_PROCESS)
    before = sys.getswitchinterval()
    try:
        gc.disable()
        sys.setswitchinterval(0.25)
        sys.path.append("/nowhere")
        kept.remark_states()
    finally:
        gc.enable()
        sys.setswitchinterval(before)
        sys.path.remove("/nowhere")

    assert remarks.seen() == [
        ("state", "a switch interval of 0.25 s"),
        ("state", "the garbage collector off"),
    ]


def test_an_idle_thread_that_stays_is_named(stop: threading.Event) -> None:
    left = Leftovers()

    threading.Thread(target=stop.wait, name="left-idle", daemon=True).start()
    left.check()

    assert remarks.seen() == [("thread", "left-idle (wait)")]


def test_what_loading_leaves_at_work_is_an_error_and_idle_threads_of_libraries_are_usual(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    left = Leftovers()
    threading.Thread(target=stop.wait, name="left-idle", daemon=True).start()
    with monkeypatch.context() as patch:
        patch.setattr(threading, "enumerate", lambda: [threading.main_thread()])
        left.check(is_loading=True)
    assert remarks.seen() == []
    left.check(is_loading=True)
    assert remarks.seen() == [("thread", "left-idle (wait)")]

    threading.Thread(target=spin, name="left-busy", daemon=True).start()
    with pytest.raises(WorkloadError, match=r"loading the file left a thread at work: left-busy"):
        left.check(is_loading=True)


def test_the_pool_of_an_event_loop_is_its_own(stop: threading.Event) -> None:
    left = Leftovers()

    threading.Thread(target=stop.wait, name="asyncio_0", daemon=True).start()
    left.check()

    assert remarks.seen() == []


def test_threads_that_end_are_not_left() -> None:
    left = Leftovers()
    for _ in range(50):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    left.check()

    assert remarks.seen() == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_thread_at_work_is_an_error_that_names_it(stop: threading.Event, count: int) -> None:
    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    left = Leftovers()
    for number in range(count):
        threading.Thread(target=spin, name=f"left-{number}", daemon=True).start()

    with pytest.raises(WorkloadError, match=r"left a thread at work: left-\d \(spin\)"):
        left.check()


def test_without_proc_a_thread_at_work_is_seen_by_the_time_it_takes(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spin() -> None:
        while not stop.is_set():
            sum(range(1000))

    monkeypatch.setattr("workloads.leftovers._numbers", lambda folder: frozenset())  # noqa: ARG005
    left = Leftovers()
    threading.Thread(target=spin, name="left-busy", daemon=True).start()

    with pytest.raises(WorkloadError, match="left a thread at work: left-busy"):
        left.check()


@pytest.mark.parametrize(
    ("code", "is_busy"),
    [("print(1, flush=True); input()", False), ("print(1, flush=True)\nwhile True: pass", True)],
    ids=["idle", "busy"],
)
def test_a_child_that_stays_is_named_and_one_at_work_is_an_error(
    code: str, *, is_busy: bool
) -> None:
    left = Leftovers()
    command = [sys.executable, "-S", "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            if is_busy:
                with pytest.raises(WorkloadError, match="left a process at work: python"):
                    left.check()
            else:
                left.check()
                ((kind, subject),) = remarks.seen()
                assert (kind, subject) == ("child", Path(sys.executable).name)
        finally:
            child.kill()


def test_a_child_that_has_ended_takes_nothing() -> None:
    left = Leftovers()
    with subprocess.Popen([sys.executable, "-S", "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        left.check()

    assert remarks.seen() == []


def test_files_that_every_call_leaves_open_are_counted(tmp_path: Path) -> None:
    kept = []

    def work(part: Part) -> int:
        kept.append((tmp_path / "file").open("w"))
        return part.index

    gang = Serial(Workload(name="made", function=work, scaling="strong"), 1)
    watch = Watch()
    for _ in range(5):
        gang.run(1)
        watch.look()
    watch.finish()
    for file in kept:
        file.close()

    assert remarks.seen() == [("files", "4 after 5 calls")]


def test_remarks_are_few_and_short() -> None:
    for number in range(1000):
        remarks.add("thread", "x" * number + "\n" + "y" * 1000)
        remarks.add("thread", f"{number}")

    seen = remarks.seen()
    assert len(seen) == remarks.MAX_REMARKS
    assert max(len(subject) for _, subject in seen) == remarks.MAX_LENGTH
    assert [subject for _, subject in seen if len(subject) < remarks.MAX_LENGTH] == ["0"]
