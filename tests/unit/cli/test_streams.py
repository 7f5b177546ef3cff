"""Readers of the terminal that go away or do not read: real descriptors of real processes."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness.errors import INTERRUPTED, UNSHOWN
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PRELUDE = "import os, sys\nfrom harness.cli.streams import take_over\nstreams = take_over()\n"
LINES = "for number in range(2000):\n    print('x' * 100, number, file=sys.stderr)\n"
MAIN = "from harness.cli import app\napp.main(['bench', '--list'])\n"
MARKED = """
from harness.cli import app
start = app.cli.main
def marked(**options):
    os.write(3, b".")
    return start(**options)
app.cli.main = marked
app.main(["bench", "--list"])
"""


class Pipe(NamedTuple):
    """Both ends."""

    reader: int
    writer: int


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe(*os.pipe())
    yield made
    for descriptor in made:
        try:
            os.close(descriptor)
        except OSError:
            continue  # a test closed it


def fill(pipe: Pipe) -> None:
    """Make the pipe one into which nothing more fits."""
    size = fcntl.fcntl(pipe.writer, fcntl.F_SETPIPE_SZ, 4096)
    assert os.write(pipe.writer, b" " * size) == size


def start(code: str, **streams: int | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, **streams)  # type: ignore[call-overload,no-any-return]


def test_a_closed_pipe_loses_lines_and_nothing_else(pipe: Pipe) -> None:
    os.close(pipe.reader)
    code = f"{PRELUDE}{LINES}print('answer')\nprint(streams.settle())"

    done = start(code, stdout=subprocess.PIPE, stderr=pipe.writer).communicate()

    assert done[0] == b"answer\nFalse\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_full_disk_loses_lines_and_is_told(stream: str) -> None:
    code = f"{PRELUDE}print('a')\nprint('b', file=sys.stderr)\nsys.exit(streams.settle())"
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = start(
            code, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: full.fileno()}
        )
        shown = process.communicate()

    assert process.returncode == 0  # False
    assert b"".join(filter(None, shown)) == (b"b\n" if stream == "stdout" else b"a\n")


def test_a_reader_that_does_not_read_is_not_waited_for(pipe: Pipe) -> None:
    fill(pipe)
    code = f"{PRELUDE}{LINES}print(streams.settle())"

    done = start(code, stdout=subprocess.PIPE, stderr=pipe.writer).communicate(timeout=60)

    assert done[0] == b"False\n"


def test_the_answer_waits_for_a_reader_that_reads_late() -> None:
    code = f"{PRELUDE}print('x' * 1_000_000)\nos.write(2, b'.')\nos.close(2)\nstreams.settle()"
    process = start(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None

    with process:
        assert process.stderr.read() == b"."
        assert len(process.stdout.read()) == 1_000_001

    assert process.returncode == 0


def test_ctrl_c_ends_an_answer_that_nobody_reads(pipe: Pipe) -> None:
    fill(pipe)
    started = Pipe(*os.pipe())
    process = subprocess.Popen(
        [sys.executable, "-c", f"import os\nos.dup2({started.writer}, 3)\n{MARKED}"],
        cwd=ROOT,
        stdout=pipe.writer,
        stderr=subprocess.DEVNULL,
        pass_fds=(started.writer,),
    )
    with process:
        assert os.read(started.reader, 1) == b"."
        process.send_signal(signal.SIGINT)

    for descriptor in started:
        os.close(descriptor)
    assert process.returncode == INTERRUPTED


def test_a_lost_answer_is_in_the_exit_code(pipe: Pipe) -> None:
    os.close(pipe.reader)
    process = start(MAIN, stdout=pipe.writer, stderr=subprocess.PIPE)

    assert process.communicate()[1] == b""
    assert process.returncode == UNSHOWN


def test_both_streams_of_one_terminal_keep_their_order(pipe: Pipe) -> None:
    code = PRELUDE + (
        "for number in range(50):\n"
        "    print(number, file=(sys.stdout, sys.stderr)[number % 2])\n"
        "streams.settle()"
    )
    process = start(code, stdout=pipe.writer, stderr=pipe.writer)
    os.close(pipe.writer)
    with os.fdopen(os.dup(pipe.reader)) as shown:
        numbers = [int(line) for line in shown]
    process.wait()

    assert numbers == list(range(50))


def test_files_never_get_the_numbers_of_closed_streams(pipe: Pipe) -> None:
    code = (
        f"import os\nos.closerange(0, 3)\nimport sys\nsys.stdout = sys.stderr = None\n"
        f"sys.__stdout__ = sys.__stderr__ = None\n{PRELUDE}"
        f"file = os.open(os.devnull, os.O_RDONLY)\nprint('into nothing')\n"
        f"os.write({pipe.writer}, str(file > 2).encode())\nstreams.settle()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, pass_fds=(pipe.writer,))

    assert process.wait() == 0
    assert os.read(pipe.reader, 10) == b"True"


def test_the_traceback_of_a_bug_is_shown_whole() -> None:
    process = start(f"{PRELUDE}print('first', file=sys.stderr)\n1 / 0", stderr=subprocess.PIPE)
    _, shown = process.communicate()

    assert process.returncode == 1
    assert shown.startswith(b"first\nTraceback")
    assert shown.endswith(b"ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_an_encoding_lacks_is_no_error(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", f"{PRELUDE}print('1.5× –')\nstreams.settle()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
    )

    expected = {"latin-1": b"1.5\xd7 \\u2013\n"}.get(encoding, "1.5× –\n".encode())
    assert done.stdout == expected
