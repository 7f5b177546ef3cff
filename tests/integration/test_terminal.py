"""``bench`` on terminals that do not read, are narrow, or are gone: it measures all the same."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from harness.errors import UNSHOWN
from harness.storage import experiment_folder
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration

SMALL = ("--workload=factorize", "--mode=threads", "--threads=1", f"--interpreter={sys.executable}")
PAUSE = b"\x13"
"""Ctrl-S."""


class Terminal:
    """A terminal that is read by the test alone."""

    def __init__(self) -> None:
        """Open it."""
        self.ours, self.theirs = pty.openpty()

    def resize(self, columns: int) -> None:
        """Make it so wide."""
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def text(self) -> str:
        """Close the other side, and return all that was written."""
        os.close(self.theirs)
        self.theirs = -1
        read = b""
        while True:
            try:
                read += os.read(self.ours, 1 << 16)
            except OSError:  # its end
                return read.decode()

    def close(self) -> None:
        """Close what is open."""
        os.close(self.ours)
        if self.theirs >= 0:
            os.close(self.theirs)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def start(
    tmp_path: Path, *arguments: str, stdout: int, stderr: int, **environment: str
) -> subprocess.Popen[str]:
    ours = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    folders = ("--results", str(tmp_path / "results"), "--reports", str(tmp_path / "reports"))
    return subprocess.Popen(
        [sys.executable, "-m", "harness", "bench", *SMALL, *arguments, *folders],
        cwd=ROOT,
        env={**ours, "TERM": "xterm", "TMPDIR": str(tmp_path), **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
    )


def has_outcomes(tmp_path: Path) -> bool:
    """Return whether a job has ended."""
    return any(experiment_folder.has_outcomes(folder) for folder in tmp_path.glob("results/*"))


def is_whole(tmp_path: Path, *, blocks: int) -> bool:
    """Return whether an experiment of so many blocks is measured and has its page."""
    (folder,) = experiment_folder.newest_first(tmp_path / "results")
    outcomes = experiment_folder.load(folder).outcomes
    has_page = (tmp_path / "reports" / folder.name / "index.html").is_file()
    return has_page and max(outcome.job.block for outcome in outcomes) == blocks


def test_a_paused_terminal_does_not_pause_measuring(tmp_path: Path, terminal: Terminal) -> None:
    os.write(terminal.ours, PAUSE)
    process = start(tmp_path, "--blocks=2", stdout=subprocess.PIPE, stderr=terminal.theirs)

    answer, _ = process.communicate(timeout=300)

    assert process.returncode == UNSHOWN
    assert "Report: " in answer
    assert is_whole(tmp_path, blocks=2)
    assert (tmp_path / "reports" / "index.html").is_file()


def test_signals_work_on_a_paused_terminal(tmp_path: Path, terminal: Terminal) -> None:
    os.write(terminal.ours, PAUSE)
    process = start(tmp_path, "--blocks=40", stdout=subprocess.PIPE, stderr=terminal.theirs)
    while process.poll() is None and not has_outcomes(tmp_path):
        continue
    # Two of the same kind could be one.
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=300)

    assert process.returncode == 128 + signal.SIGTERM


def test_a_reader_that_goes_away_takes_no_measurement_with_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    process = start(tmp_path, "--blocks=2", stdout=writer, stderr=writer)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)

    assert process.wait(timeout=300) == UNSHOWN
    assert is_whole(tmp_path, blocks=2)


@pytest.mark.parametrize("columns", [20, 40, 80, 300])
def test_no_line_of_a_plan_is_wider_than_the_terminal(
    tmp_path: Path, terminal: Terminal, columns: int
) -> None:
    terminal.resize(columns)
    process = start(tmp_path, "--dry-run", stdout=terminal.theirs, stderr=subprocess.PIPE)

    _, errors = process.communicate(timeout=300)

    assert errors == ""
    lines = terminal.text().splitlines()
    assert lines
    assert all(len(line) <= columns or len(line.split()) <= 2 for line in lines)
