"""Workloads whose result is wrong, or is spoiled when the process of the worker ends."""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workloads import Part, workload

if TYPE_CHECKING:
    from collections.abc import Callable

# A file of the user's sees its own arguments alone: these are the worker's.
_WORKER = getattr(sys, "orig_argv", [])
RESULT = Path(_WORKER[_WORKER.index("-o") + 1]) if "-o" in _WORKER else None
"""The file that pyperf will write."""
KEPT: list[Any] = []

fault = workload(modes=("threads",))


# What is no result.


@fault
def one_raises(part: Part) -> int:
    """Raise in one thread of several."""
    if part.index == 1:
        raise ValueError("thread \x1b[31mred\x07")
    return 1


@fault
def not_a_number(part: Part) -> int:
    """Return NaN."""
    return float("nan")  # type: ignore[return-value]


@fault
def nothing(part: Part) -> int:
    """Return None."""
    return None  # type: ignore[return-value]


@fault
def negative(part: Part) -> int:
    """Return a negative number."""
    return -1


@fault
def digits_400(part: Part) -> int:
    """Return a large number."""
    return 10**400


@fault
def digits_6000(part: Part) -> int:
    """Return a number that no text may have."""
    return 10**6000


@fault
def disguised(part: Part) -> int:
    """Return a number that writes itself in another way."""

    class Disguised(int):
        def __str__(self) -> str:
            return "\x1b]0;x\x07<script>"

        __repr__ = __str__

    return Disguised(5)


@fault
def infinite_note(part: Part) -> int:
    """Note infinity."""
    part.note("a_s", float("inf"))
    return 1


@fault
def huge_note(part: Part) -> int:
    """Note a number that no float is."""
    part.note("a_s", 10**400)
    return 1


@fault
def many_notes(part: Part) -> int:
    """Note more than anybody reads."""
    for number in range(300_000):
        part.note("a_s", float(number))
    return 1


@fault
def frozen_clock(part: Part) -> int:
    """Stop the clock."""
    time.perf_counter_ns = lambda: 0
    return part.count


@fault
def backward_clock(part: Part) -> int:
    """Turn the clock back."""
    times = iter(range(10**12, 0, -1000))
    time.perf_counter_ns = lambda: next(times)
    return part.count


@fault
def other_json(part: Part) -> int:
    """Replace what writes the result."""
    json.dumps = lambda *_, **__: "poison"
    return part.count


# What replaces the result.


def spoiled(spoil: Callable[[Path], object]) -> Callable[[Part], int]:
    """Return a workload that does its work, and spoils the result at the end of the process."""

    def work(part: Part) -> int:
        if RESULT and not KEPT:
            KEPT.append(spoil)
            atexit.register(spoil, RESULT)
        return 1

    return work


def replaced(make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return what puts something else in the place of the result."""

    def spoil(path: Path) -> None:
        path.unlink(missing_ok=True)
        make(path)

    return spoil


def edited(edit: Callable[[str], str]) -> Callable[[Path], object]:
    """Return what changes the text of the result."""
    return lambda path: path.write_text(edit(path.read_text()), errors="surrogateescape")


def changed(number: float) -> Callable[[Path], object]:
    """Return what puts one number in the place of every value."""

    def edit(text: str) -> str:
        suite = json.loads(text)
        for benchmark in suite["benchmarks"]:
            for run in benchmark["runs"]:
                run["warmups"] = [[loops, number] for loops, _ in run.get("warmups", ())]
                if "values" in run:
                    run["values"] = [number for _ in run["values"]]
        return json.dumps(suite)

    return edited(edit)


def _listening(path: Path) -> None:
    KEPT.append(socket.socket(socket.AF_UNIX))
    os.chdir(path.parent)
    KEPT[-1].bind(path.name)


SPOILS: dict[str, Callable[[Path], object]] = {
    "result_garbage": lambda path: path.write_bytes(b"\0\xff garbage { not JSON"),
    "result_empty": lambda path: path.write_bytes(b""),
    "result_deep": lambda path: path.write_bytes(b"[" * 200_000),
    "result_nan": changed(float("nan")),
    "result_huge_values": changed(10**400),
    "result_line_break": edited(lambda text: text.replace('"metadata":', '"metadata"\n:', 1)),
    "result_twice": edited(lambda text: text + text),
    "result_15_mb": edited(lambda text: text.rstrip()[:-1] + f',"x":"{"q" * 15_000_000}"}}'),
    "result_17_mb": edited(lambda text: text.rstrip()[:-1] + f',"x":"{"q" * 17_000_000}"}}'),
    "result_sparse": lambda path: os.truncate(path, 10**11),
    "result_folder": replaced(Path.mkdir),
    "result_endless": replaced(lambda path: path.symlink_to("/dev/zero")),
    "result_link": replaced(lambda path: path.symlink_to("/etc/hostname")),
    "result_pipe": replaced(os.mkfifo),
    "result_socket": replaced(_listening),
    "result_missing": replaced(lambda path: None),  # noqa: ARG005
}
for _name, _spoil in SPOILS.items():
    _work = spoiled(_spoil)
    _work.__name__ = _work.__qualname__ = _name
    _work.__doc__ = f"Spoil it: {_name}."
    fault(_work)
