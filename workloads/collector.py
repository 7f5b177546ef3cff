"""Containers and the garbage collector, whose pauses stop every thread."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any

from workloads.registry import Part, workload

NODES = 10_000
KEPT = 5_000
_installing = threading.Lock()
_mine = threading.local()
"""``pauses`` and ``since`` of a thread that works here; other threads have nothing."""


def _on_collection(phase: str, _info: dict[str, int]) -> None:
    """Take the time of a collection; CPython calls it in the thread that collects."""
    now = time.perf_counter()
    pauses = getattr(_mine, "pauses", None)
    if pauses is None:
        return
    if phase == "start":
        _mine.since = now
    else:
        pauses.append(now - _mine.since)


def _on_step(stats: Any) -> None:  # noqa: ANN401 - an object of PyPy's
    """Take the times of collections, or steps of one, since PyPy last called."""
    pauses = getattr(_mine, "pauses", None)
    if pauses is None:
        return
    longest, others = stats.duration_max, stats.count - 1
    pauses.append(longest)
    pauses.extend([(stats.duration - longest) / others] * others if others else ())


def _watch() -> None:
    """Have all collections of this interpreter timed from now on, but only once.

    Nothing is taken out again: another thread may be going through ``gc.callbacks``.
    """
    callbacks = getattr(gc, "callbacks", None)
    hooks = getattr(gc, "hooks", None)
    with _installing:
        if callbacks is not None and _on_collection not in callbacks:
            callbacks.append(_on_collection)
        if hooks is not None:
            # Seconds: https://doc.pypy.org/en/latest/gc_info.html#gc-hooks
            hooks.on_gc_minor = hooks.on_gc_collect_step = _on_step


class Heap:
    """What one thread keeps alive."""

    def __init__(self) -> None:
        """Make the first nodes, in the thread that will use them."""
        self.kept = [_node(index) for index in range(KEPT)]
        self.pauses: list[float] = []
        _watch()
        _mine.pauses = self.pauses


def _node(index: int) -> dict[str, Any]:
    node: dict[str, Any] = {"index": index, "parts": [index & 7, None]}
    node["parts"][1] = node  # a cycle: only the collector can free it
    return node


@workload(
    kind="cpu",
    scaling="weak",
    expectation="less than N times as much without the GIL: every collection stops all threads; "
    "with it no more than one thread",
    size=NODES,
    min_value_s=0.1,  # many collections
    units=NODES,
    modes=("threads", "processes", "interpreters"),
    tags=("runtime",),
    state=Heap,
    notes={"gc_pause_s": "duration of one collection in the thread that works"},
)
def allocate(part: Part) -> int:
    """Make dictionaries and lists in cycles, and forget them after a while.

    Isolates: allocation of containers, and the collector; the note ``gc_pause_s`` has one
    value for each collection, and on PyPy for each minor one or step of a major one.
    Scales: weak, every thread has nodes of its own.
    Shared: the collector: without the GIL it stops all threads of the process.
    """
    heap = part.state
    heap.pauses.clear()
    total = 0
    for index in range(part.size):
        node = _node(index)
        heap.kept[index % KEPT] = node
        total += node["parts"][0]
    for pause in heap.pauses:
        part.note("gc_pause_s", round(pause, 7))
    return total
