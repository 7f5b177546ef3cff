"""Controllers to be killed: small programs that start what must not outlive them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from harness.lifetime.guardian import end_all
from harness.lifetime.life import PREFIX, is_over
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30.0
"""Far longer than anything here takes: a test that needs it fails."""
_PROGRAM = """
import subprocess, sys
from harness.lifetime import children, guardian
from harness.lifetime.life import life, new_folder

folder = new_folder()
script = f"{sys.argv[1]} sh -c 'echo $$ > {folder}/escaped; exec sleep 600' & wait"
child = children.start(["sh", "-c", script], folder=folder)
print(life().folder, folder, child.pid, guardian.guardian_pid(), flush=True)
sys.stdin.read()
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Controller:
    """A controller that waits for its end, and what it has started."""

    process: subprocess.Popen[str]
    life: Path
    pids: tuple[int, ...]
    """Its child, and a grandchild."""
    guardian: int


@contextlib.contextmanager
def controller(temporary: Path, *, escape: str = "") -> Iterator[Controller]:
    """Start one; ``escape`` is the program with which its grandchild leaves the session."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, escape],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            life, folder, child, guardian = process.stdout.readline().split()
            escaped = _number_in(Path(folder) / "escaped")
            yield Controller(
                process=process,
                life=Path(life),
                pids=(int(child), escaped),
                guardian=int(guardian),
            )
        finally:
            process.kill()
            process.wait()
            end_all([str(path) for path in temporary.glob(f"{PREFIX}*") if is_over(path)])


def wait_until_gone(*pids: int) -> None:
    """Wait until processes have ended, collected or not."""
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            found = psutil.Process(pid)
            while found.status() != psutil.STATUS_ZOMBIE:
                with contextlib.suppress(psutil.TimeoutExpired):
                    found.wait(0.05)


def _number_in(path: Path) -> int:
    while not (path.exists() and path.read_text().strip()):
        pass
    return int(path.read_text())
