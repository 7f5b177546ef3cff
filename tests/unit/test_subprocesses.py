from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from harness.subprocesses import capture, clean_environment, run_logged

if TYPE_CHECKING:
    from collections.abc import Callable


def test_lines_are_reported_and_kept(script: Callable[[str, str], Path], tmp_path: Path) -> None:
    lines: list[str] = []
    log = tmp_path / "log"
    log.write_text("before\n")
    path = script("tool", "echo one; echo two >&2; exit 4")
    exit_code = run_logged([str(path)], log=log, cwd=tmp_path, on_line=lines.append)
    assert (exit_code, lines) == (4, ["one\n", "two\n"])
    assert log.read_text() == "before\none\ntwo\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_interrupted_program_takes_its_children_with_it(
    script: Callable[[str, str], Path], tmp_path: Path, error: type[BaseException]
) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    path = script("tool", f"exec 3>{held}; sleep 600 & echo started; wait")

    def on_line(line: str) -> None:
        raise error(line)

    with os.fdopen(os.open(held, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        with pytest.raises(error):
            run_logged([str(path)], log=tmp_path / "log", cwd=tmp_path, on_line=on_line)
        watch = select.poll()
        watch.register(reader, select.POLLHUP)
        assert watch.poll(5000), "a child is still alive"


def test_termination_reaches_the_children(
    script: Callable[[str, str], Path], tmp_path: Path
) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    tool = script("tool", f"exec 3>{held}; sleep 600 & echo started; wait")
    code = (
        "import pathlib, sys\n"
        "from harness.subprocesses import run_logged\n"
        "run_logged([sys.argv[1]], log=pathlib.Path(sys.argv[2]), cwd=pathlib.Path('.'),"
        " on_line=lambda line: print(line, flush=True))\n"
    )
    command = [sys.executable, "-c", code, str(tool), str(tmp_path / "log")]
    with (
        os.fdopen(os.open(held, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader,
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
        watch = select.poll()
        watch.register(reader, select.POLLHUP)
        assert watch.poll(5000), "a child is still alive"


def test_a_program_that_hangs_is_given_up(script: Callable[[str, str], Path]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        capture([str(script("tool", "sleep 600"))], timeout_s=0.2)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_last_words_are_one_line(script: Callable[[str, str], Path]) -> None:
    finished = capture([str(script("tool", "echo a; echo b"))], timeout_s=30)
    assert (finished.exit_code, finished.last_line) == (0, "b")
    assert capture([str(script("mute", ":"))], timeout_s=30).last_line == "it wrote nothing"


def test_a_clean_environment_steers_no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/x")
    monkeypatch.setenv("PYTHON_GIL", "0")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/y")
    environment = clean_environment()
    assert not any(name.startswith("PYTHON") for name in environment)
    assert environment["LD_LIBRARY_PATH"] == "/y"


def test_a_clean_environment_has_no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not installed keeps PyPy from starting, and others from answering plainly."""
    for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"):
        monkeypatch.setenv(name, "xx_XX.UTF-8")
    assert not {name for name in clean_environment() if name.startswith(("LANG", "LC_"))}


def test_one_that_writes_without_end_is_stopped() -> None:
    with pytest.raises(OSError, match="does not end"):
        capture(["yes"], timeout_s=60)


def test_what_a_program_leaves_in_its_group_goes_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    capture(["sh", "-c", f"sleep 1000 >/dev/null 2>&1 & echo $! > {mark}"], timeout_s=60)
    left = int(mark.read_text())
    assert not psutil.pid_exists(left) or psutil.Process(left).status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nothing lists processes")
def test_what_a_program_leaves_in_a_session_of_its_own_goes_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    daemon = f"echo $$ > {mark}.new; mv {mark}.new {mark}; exec sleep 1000"
    script = f"setsid sh -c '{daemon}' >/dev/null 2>&1 & until [ -e {mark} ]; do sleep 0.01; done"
    capture(["sh", "-c", script], timeout_s=60)
    assert not psutil.pid_exists(int(mark.read_text()))


def test_threads_do_not_end_each_others_programs() -> None:
    with ThreadPoolExecutor(8) as pool:
        ended = pool.map(lambda _: capture(["sh", "-c", "exit 7"], timeout_s=60), range(100))
        assert {each.exit_code for each in ended} == {7}
