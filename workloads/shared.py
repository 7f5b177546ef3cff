"""The same work on a state of one's own, and on one for all threads: the price of sharing."""

from __future__ import annotations

import copy
import dataclasses
import functools
import queue
import random
import threading
from typing import Any, Callable

from workloads.registry import Part, ladder

COUNTS = 50_000
"""Increments in one call of a counter."""
KEYS = 64
LOST = {"lost_updates": "increments that are missing from the counter"}
ATOMIC = "slower than one thread without the GIL: the threads take turns at one reference count"
TURNS = "slower than one thread without the GIL: the threads take turns at one lock"
LIBRARY = (
    "hardly faster than one thread without the GIL: the threads take turns at objects of the "
    "standard library"
)
SAME = "as fast as the private arm: this build no longer pays for sharing it"


class Box:
    """An object with one attribute."""

    def __init__(self, value: int) -> None:
        """Hold ``value``."""
        self.value = value

    def plus(self, number: int) -> int:
        """Return the value and ``number`` added."""
        return self.value + number


class LockedBox(Box):
    """A box with a lock beside its value."""

    def __init__(self, value: int) -> None:
        """Hold ``value``."""
        super().__init__(value)
        self.lock = threading.Lock()


class Manager:
    """A context manager written in Python."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *error: object) -> None:
        """Let every exception pass."""


def _own_int() -> int:
    # Interpreters keep small integers and share them: CPython 3.15 those up to 1024.
    return int("1000000")


def _table() -> dict[int, int]:
    return {key: _own_int() + key for key in range(KEYS)}


def _remembered() -> Callable[[int], int]:
    @functools.lru_cache(maxsize=2 * KEYS)
    def answer(number: int) -> int:
        return _own_int() + number

    for number in range(KEYS):
        answer(number)  # what is timed are hits
    return answer


def _record() -> dict[str, Any]:
    return {"name": str(_own_int()), "lines": [[_own_int(), 2] for _ in range(4)]}


def _point() -> type:
    @dataclasses.dataclass
    class Point:
        x: int
        y: int

    return Point


def _lost_updates(box: Box, calls: int) -> dict[str, float]:
    """Return how many increments are missing, and begin again at 0."""
    lost = calls * COUNTS - box.value
    box.value = 0
    return {"lost_updates": float(lost)}


@ladder(state=lambda: Box(0), size=COUNTS, shared=ATOMIC, audit=_lost_updates, notes=LOST)
def counter(part: Part) -> int:
    """Add 1 to an attribute, without a lock: a shared counter loses updates.

    Isolates: reading and writing one attribute; of a shared counter, the note ``lost_updates``.
    Scales: weak, every thread counts as far.
    Shared: the counter, in the shared arm: wrong as well as slow without the GIL.
    """
    box = part.state
    steps = 0
    for _ in range(part.size):
        box.value += 1
        steps += 1
    return steps


@ladder(state=lambda: LockedBox(0), size=COUNTS, shared=TURNS, audit=_lost_updates, notes=LOST)
def counter_locked(part: Part) -> int:
    """Add 1 to an attribute under a lock: right, one thread at a time.

    Isolates: what it costs to count rightly; the note ``lost_updates`` stays 0.
    Scales: weak, every thread counts as far.
    Shared: the counter and its lock, in the shared arm.
    """
    box = part.state
    steps = 0
    for _ in range(part.size):
        with box.lock:
            box.value += 1
        steps += 1
    return steps


@ladder(state=list, size=100_000, shared=TURNS)
def list_append(part: Part) -> int:
    """Append to a list, and empty it after the last one.

    Isolates: ``list.append``, which locks the list on a free-threaded build.
    Scales: weak, every thread appends as often.
    Shared: the list, in the shared arm; every thread empties it, so it stays bounded.
    """
    items = part.state
    steps = 0
    for _ in range(part.size):
        items.append(None)
        steps += 1
    items.clear()
    return steps


@ladder(state=dict, size=100_000, shared=TURNS)
def dict_write(part: Part) -> int:
    """Write to the same 64 keys of a dictionary, over and over.

    Isolates: ``d[k] = v``, which locks the dictionary on a free-threaded build.
    Scales: weak, every thread writes as often.
    Shared: the dictionary and its old values, in the shared arm; its size is bounded.
    """
    table = part.state
    for index in range(part.size):
        table[index & 63] = index
    return len(table)


@ladder(state=_table, size=100_000, shared=ATOMIC)
def dict_read(part: Part) -> int:
    """Read 64 keys of a dictionary that nobody writes to.

    Isolates: ``d[k]``: the look-up takes no lock, the value's reference count is written to.
    Scales: weak, every thread reads as often.
    Shared: the dictionary and its 64 values, in the shared arm.
    """
    table = part.state
    total = 0
    for index in range(part.size):
        total += table[index & 63]
    return total


@ladder(state=lambda: Box(_own_int()), size=100_000, shared=ATOMIC)
def attribute_read(part: Part) -> int:
    """Read one attribute of an object that nobody writes to.

    Isolates: ``o.a``: nothing is changed, but the value's reference count is written to.
    Scales: weak, every thread reads as often.
    Shared: the object and the attribute's value, in the shared arm.
    """
    box = part.state
    total = 0
    for _ in range(part.size):
        total += box.value
    return total


@ladder(state=lambda: Box(_own_int()).plus, size=50_000, shared=ATOMIC)
def bound_method(part: Part) -> int:
    """Call a method that was bound beforehand, like a callback.

    Isolates: a call through a bound method, which counts references to its object.
    Scales: weak, every thread calls as often.
    Shared: the bound method and its object, in the shared arm.
    """
    plus = part.state
    total = 0
    for index in range(part.size):
        total += plus(index & 127)
    return total


@ladder(state=lambda: random.Random(1), size=50_000, shared=TURNS)  # noqa: S311 - no secret
def random_draw(part: Part) -> int:
    """Draw random numbers, as from a generator of one's own or from the module's.

    Isolates: ``random()``, which locks its generator on a free-threaded build.
    Scales: weak, every thread draws as often.
    Shared: the generator, in the shared arm, as with the functions of the module.
    """
    generator = part.state
    below = 0
    for _ in range(part.size):
        below += generator.random() < 1.0
    return below


@ladder(state=_remembered, size=50_000, shared=TURNS)
def lru_cache(part: Part) -> int:
    """Call a cached function with arguments that it remembers.

    Isolates: a hit of a bounded ``functools.lru_cache``, which reorders its list.
    Scales: weak, every thread calls as often.
    Shared: the cache and its 64 values, in the shared arm.
    """
    answer = part.state
    total = 0
    for index in range(part.size):
        total += answer(index & 63)
    return total


@ladder(state=_record, size=600, shared=ATOMIC, private=LIBRARY)
def deepcopy(part: Part) -> int:
    """Make deep copies of a small record of lists and dictionaries.

    Isolates: walking over objects that nobody writes to; the copies are the thread's own.
    Scales: weak, every thread makes as many copies.
    Shared: the record, in the shared arm. In both arms, what ``copy.deepcopy`` itself uses: its
    default argument, its functions and its table of types. So the private arm does not scale
    either: that is how code of the standard library can serialize threads.
    """
    record = part.state
    total = 0
    for _ in range(part.size):
        total += copy.deepcopy(record)["lines"][0][0]
    return total


@ladder(state=_point, size=20_000, shared=SAME)
def dataclass_create(part: Part) -> int:
    """Create instances of a dataclass.

    Isolates: calling a class and its ``__init__``; every instance refers to its class.
    Scales: weak, every thread creates as many.
    Shared: the class, in the shared arm.
    """
    point = part.state
    total = 0
    for index in range(part.size):
        total += point(index, 1).y
    return total


@ladder(state=threading.local, size=50_000, shared=SAME)
def thread_local(part: Part) -> int:
    """Count in an attribute of a ``threading.local``: the counter that loses nothing.

    Isolates: finding the thread's own attributes.
    Scales: weak, every thread counts as far.
    Shared: the ``local`` object, in the shared arm; never what it holds.
    """
    local = part.state
    local.value = 0
    for _ in range(part.size):
        local.value += 1
    return int(local.value)


@ladder(state=queue.Queue, size=2_000, shared=TURNS)
def queue_handoff(part: Part) -> int:
    """Put an item into a queue and take one out of it.

    Isolates: ``queue.Queue``: a lock, three conditions, and a hand-over of items.
    Scales: weak, every thread puts and takes as often.
    Shared: the queue, in the shared arm, where a thread may get another one's item; no
    thread ever waits for an item, for each puts before it takes.
    """
    line = part.state
    total = 0
    for _ in range(part.size):
        line.put(1)
        total += line.get()
    return total


@ladder(state=threading.Lock, size=100_000, shared=TURNS)
def lock(part: Part) -> int:
    """Take a lock and let it go, with next to nothing in between.

    Isolates: ``threading.Lock``: uncontended, or contended as much as can be.
    Scales: weak, every thread takes it as often.
    Shared: the lock, in the shared arm.
    """
    guard = part.state
    steps = 0
    for _ in range(part.size):
        with guard:
            steps += 1
    return steps


@ladder(state=Manager, size=50_000, shared=ATOMIC)
def context_manager(part: Part) -> int:
    """Enter and leave a context manager written in Python that does nothing.

    Isolates: ``with``: looking up two methods, and calling them on one object.
    Scales: weak, every thread enters it as often.
    Shared: the manager, in the shared arm; it has no state at all.
    """
    manager = part.state
    steps = 0
    for _ in range(part.size):
        with manager:
            steps += 1
    return steps


def _adder(held: int) -> Callable[[int], int]:
    def add(number: int) -> int:
        return number + held

    return add


@ladder(state=_own_int, size=30_000, shared=ATOMIC)
def closure_create(part: Part) -> int:
    """Create a closure over a value, and call it once.

    Isolates: making a function and a cell; the cell refers to the value.
    Scales: weak, every thread creates as many.
    Shared: the value closed over, in the shared arm.
    """
    held = part.state
    total = 0
    for _ in range(part.size):
        total += _adder(held)(1)
    return total
