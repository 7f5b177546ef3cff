"""Measure workloads that go wrong in every way we know, and check that each is a row.

``python -m tests.campaigns.worker_faults``: the run must end by itself, with what is expected of
every workload, and must leave no process and no folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model import Status
from harness.storage import experiment_folder
from tests.campaigns.remains import Remains, remains
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.storage.experiment_folder import Experiment

__all__ = ["EXPECTED", "differences", "run"]

_FILES = tuple(Path(__file__).with_name(name) for name in ("faulty.py", "faulty_results.py"))
_MOST_S = 3000.0
_HUNG, _RUBBISH, _NOT_PLAIN = "killed after", "the worker wrote rubbish", "is not a plain file"
_NO_RESULT, _FORKED = "wrote no result", "the workload forked this process"
EXPECTED: dict[str, str | None] = {
    "segfault": "ended by SIGSEGV",
    "abort": "ended by SIGABRT",
    "kill_itself": "ended by SIGKILL",
    "stop_itself": _HUNG,
    "kill_its_group": "ended by SIGKILL",
    "exit_0": _NO_RESULT,
    "exit_77": "exit status 77",
    "leave": "called sys.exit(0)",
    "last_words": "exit status 9",
    "no_memory": "MemoryError",
    "no_time": None,
    "no_descriptors": "Too many open files",
    "close_descriptors": "exit status",
    "no_folder": "No such file or directory",
    "locked_folder": "",
    "elsewhere": "",
    "no_streams": "exit status 3",
    "deep": None,
    "spin": _HUNG,
    "deadlock": _HUNG,
    "deaf": _HUNG,
    "print_endlessly": "had printed more than 64 MB",
    "print_200_mb": None,
    "leave_children": "",
    "leave_sessions": "",
    "leave_a_stranger": "",
    "leave_a_writer": "left a process at work: sh",
    "leave_a_printer": "had printed more than 64 MB",
    "leave_a_fork": _FORKED,
    "come_back_twice": _FORKED,
    "leave_a_server": "",
    "leave_a_thread": "",
    "leave_threads": "",
    "child_segfault": "ended with -11",
    "child_hang": _HUNG,
    "child_print": None,
    "child_children": "",
    "one_raises": "thread 2 of 2 raised ValueError",
    "not_a_number": "returned float, not an integer",
    "nothing": "returned NoneType, not an integer",
    "negative": "",
    "digits_400": "",
    "digits_6000": "Exceeds the limit",
    "disguised": "",
    "infinite_note": "the note a_s is inf",
    "huge_note": "the note a_s is 1000",
    "many_notes": None,
    "frozen_clock": _HUNG,
    "backward_clock": _HUNG,
    "other_json": _RUBBISH,
    "result_garbage": _RUBBISH,
    "result_empty": _RUBBISH,
    "result_deep": _RUBBISH,
    "result_nan": _RUBBISH,
    "result_huge_values": _RUBBISH,
    "result_line_break": "",
    "result_twice": _RUBBISH,
    "result_15_mb": "",
    "result_17_mb": "is too large",
    "result_sparse": "is too large",
    "result_folder": _NOT_PLAIN,
    "result_endless": _NOT_PLAIN,
    "result_link": _NOT_PLAIN,
    "result_pipe": _NOT_PLAIN,
    "result_socket": _NOT_PLAIN,
    "result_missing": _NO_RESULT,
}
"""Workload → what the reason of its rows contains; empty for those that succeed, ``None`` where the
speed of the machine or the interpreter decides."""


def main() -> int:
    """Measure all of them, or some; return 0 if everything is as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="workloads; by default all")
    parser.add_argument("--interpreter", default="3.14t", help="what to measure")
    options = parser.parse_args()
    names = options.names or list(EXPECTED)
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        started = time.monotonic()
        complaints = run(Path(folder), names, f"--interpreter={options.interpreter}")
        took_s = time.monotonic() - started
    print("\n".join(complaints))  # noqa: T201
    print(f"{len(names)} workloads in {took_s:.0f} s, {len(complaints)} not as expected")  # noqa: T201
    return int(bool(complaints))


def run(folder: Path, names: Sequence[str], interpreter: str) -> list[str]:
    """Measure workloads side by side with a sound one; return what is not as expected."""
    temporary = folder / "tmp"
    temporary.mkdir()
    names = [*names, "sound"]
    done = subprocess.run(
        [
            sys.executable, "-m", "harness", "bench", interpreter, *_selected(names),
            "--fast", "--blocks=1", "--threads=2", "--timeout=5",
            f"--results={folder / 'results'}", f"--reports={folder / 'reports'}",
        ],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=_MOST_S,
        check=False,
    )  # fmt: skip
    if done.returncode or "Traceback" in done.stderr:
        return [f"exit code {done.returncode}: {done.stderr}"]
    left = remains(temporary, within_s=5.0)
    (results,) = experiment_folder.newest_first(folder / "results")
    complaints = [] if left == Remains(processes=0, folders=0) else [str(left)]
    return complaints + differences(experiment_folder.load(results), names)


def _selected(names: Sequence[str]) -> list[str]:
    return [
        f"--workload={path}::{name}"
        for path in _FILES
        for name in names
        if f"def {name}(" in path.read_text() or f'"{name}":' in path.read_text()
    ]


def differences(found: Experiment, names: Sequence[str]) -> list[str]:
    """Return the workloads whose rows are not as expected."""
    complaints = []
    for name in names:
        own = [one for one in found.outcomes if one.job.cell.benchmark.workload == name]
        bad = [one.reason for one in own if one.status is not Status.OK]
        expected = EXPECTED.get(name, "")
        if {one.job.block for one in own} != {0, 1}:
            complaints.append(f"{name}: a row is missing")
        elif expected is not None and (
            bool(bad) != bool(expected) or not all(expected in reason for reason in bad)
        ):
            complaints.append(f"{name}: {bad}")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
