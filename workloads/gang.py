"""The one timing primitive: N threads released together, each stamping start and stop."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Optional, Protocol

from workloads import settings
from workloads.checks import WorkloadError, refuse_exit, verify
from workloads.pinning import pin_member
from workloads.registry import NOTE, Part, Workload

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NOTE = 2.0**53
_thread = threading.local()

__all__ = [
    "Gang",
    "Sample",
    "Serial",
    "Stamp",
    "ThreadGang",
    "WorkloadError",
    "checked_notes",
    "opened",
    "private_part",
    "sample_from",
    "shared_state",
    "timed",
]


class Stamp(NamedTuple):
    """What one thread or process did: clock readings in nanoseconds, its checksum, its notes."""

    start_ns: int
    stop_ns: int
    checksum: int
    notes: dict[str, list[float]]


class Sample(NamedTuple):
    """One timed call of the gang; times in seconds."""

    wall_s: float
    cpu_s: float
    """CPU time of the whole process (all processes) during the call."""
    start_skew_s: float
    stop_skew_s: float
    voluntary_switches: Optional[int]
    involuntary_switches: Optional[int]
    collections: Optional[int]
    """Garbage collections, ``None`` where the interpreter does not count them."""
    checksum: int
    notes: dict[str, list[float]]
    """What all workers noted in addition to their time."""


class Gang(Protocol):
    """N workers that can be released together any number of times."""

    def run(self, loops: int) -> Sample:
        """Let every worker do its part ``loops`` times, and return the timing."""

    def close(self) -> None:
        """End the workers."""

    def pids(self) -> list[int]:
        """Return the processes that do the work, until they are closed."""


@contextlib.contextmanager
def opened(workload: Workload) -> Iterator[Workload]:
    """Open the workload's resource; yield the workload whose states are made with it."""
    if workload.resource is None:
        yield workload
        return
    with workload.resource() as state:
        yield workload._replace(state=state)


def private_part(workload: Workload, index: int, count: int, state: object = None) -> Part:
    """Return a part of objects that no other thread refers to, except a shared ``state``.

    On a free-threaded build threads that use one integer object contend for its reference
    count, even when they only read it; a round trip through text makes a new object.
    """
    if workload.state is not None and workload.arm != "shared":
        state = workload.state()
    return Part(int(str(index)), int(str(count)), int(str(workload.size)), state)


def shared_state(workload: Workload) -> object:
    """Return the one state of all parts, ``None`` unless the workload is a shared arm."""
    if workload.arm == "shared" and workload.state is not None:
        return workload.state()
    return None


def timed(function: Callable[[Part], int], part: Part, loops: int) -> Stamp:
    """Do the work ``loops`` times between two readings of the clock."""
    part.notes.clear()
    if not hasattr(_thread, "kept"):
        _thread.kept = settings.Kept(settings.OF_THREAD)
    start_ns = time.perf_counter_ns()
    try:
        checksum = repeat(function, part, loops)
    except SystemExit as error:
        raise refuse_exit(error) from error
    stop_ns = time.perf_counter_ns()
    _thread.kept.put_back()
    verify(checksum)
    return Stamp(start_ns, stop_ns, checksum, checked_notes(part))


def checked_notes(part: Part) -> dict[str, list[float]]:
    """Return a copy of the notes; raises WorkloadError for a bad name or value."""
    for name, values in part.notes.items():
        if not (isinstance(name, str) and NOTE.fullmatch(name)):
            raise WorkloadError(
                f"a note is called {name!r}: write at most 60 small letters, digits and '_'"
            )
        for value in values:
            if not isinstance(value, (int, float)) or not abs(value) <= MAX_NOTE:
                raise WorkloadError(f"the note {name} is {value!r}: note a finite number")
    return {name: list(values) for name, values in part.notes.items()}


def repeat(function: Callable[[Part], int], part: Part, loops: int) -> int:
    """Call ``function(part)`` ``loops`` times; all calls must return the same checksum."""
    checksum = function(part)
    for _ in range(loops - 1):
        again = function(part)
        if again != checksum:
            raise WorkloadError(f"checksum {again} after {checksum} for the same work")
    return checksum


def sample_from(
    stamps: list[Stamp], *, workload: Workload, cpu_s: float, counters: Counters
) -> Sample:
    """Return the sample of one call from the stamps of its workers."""
    starts = [stamp.start_ns for stamp in stamps]
    stops = [stamp.stop_ns for stamp in stamps]
    try:
        checksum = workload.combine([stamp.checksum for stamp in stamps])
    except ValueError as error:
        raise WorkloadError(str(error)) from error
    return Sample(
        wall_s=(max(stops) - min(starts)) / 1e9,
        cpu_s=cpu_s,
        start_skew_s=(max(starts) - min(starts)) / 1e9,
        stop_skew_s=(max(stops) - min(stops)) / 1e9,
        voluntary_switches=counters.voluntary,
        involuntary_switches=counters.involuntary,
        collections=counters.collections,
        checksum=checksum,
        notes=_merged([stamp.notes for stamp in stamps]),
    )


def _merged(notes: list[dict[str, list[float]]]) -> dict[str, list[float]]:
    merged: dict[str, list[float]] = {}
    for part_notes in notes:
        for name, values in part_notes.items():
            merged.setdefault(name, []).extend(values)
    return merged


class Counters(NamedTuple):
    """Running totals of this process, ``None`` where the platform cannot tell."""

    voluntary: Optional[int]
    involuntary: Optional[int]
    collections: Optional[int]

    def since(self, before: Counters) -> Counters:
        """Return what was counted since ``before``."""
        pairs = zip(self, before)
        return Counters(*(None if a is None or b is None else a - b for a, b in pairs))


def counters() -> Counters:
    """Return this process's running totals of context switches and collections."""
    voluntary = involuntary = None
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        voluntary, involuntary = usage.ru_nvcsw, usage.ru_nivcsw
    return Counters(voluntary, involuntary, _collections())


def _collections() -> Optional[int]:
    # PyPy's gc.get_stats() is another thing under the same name.
    stats: Any = gc.get_stats()
    return sum(each["collections"] for each in stats) if isinstance(stats, list) else None


class Serial:
    """The work done in the main thread, by a function that may start its own threads."""

    def __init__(self, workload: Workload, threads: int) -> None:
        """Prepare ``workload`` as one part, told to use ``threads`` threads of its own."""
        with contextlib.ExitStack() as stack:
            self._workload = stack.enter_context(opened(workload))
            if not workload.has_own_threads:  # which would all inherit the one CPU
                pin_member(0)
            self._part = private_part(self._workload, 0, threads, shared_state(workload))
            self._resource = stack.pop_all()

    def run(self, loops: int) -> Sample:
        """Do the work ``loops`` times, and return the timing."""
        before = counters()
        cpu_ns = time.process_time_ns()
        stamp = timed(self._workload.function, self._part, loops)
        cpu_s = (time.process_time_ns() - cpu_ns) / 1e9
        return sample_from(
            [stamp],
            workload=self._workload,
            cpu_s=cpu_s,
            counters=counters().since(before),
        )

    def close(self) -> None:
        """Close the workload's resource; no worker outlives a call."""
        self._resource.close()

    def pids(self) -> list[int]:
        """Return this process."""
        return [os.getpid()]


class _Member:
    """One thread of the gang. Its gate, its slots and its errors belong to it alone."""

    def __init__(self, workload: Workload, index: int, count: int, state: object) -> None:
        self._workload = workload
        self._state = state
        self._index = index
        self._count = count
        self._loops = 0
        self._stamp: Optional[Stamp] = None
        self._error: Optional[BaseException] = None
        # A lock of one's own is the lightest gate: the main thread releases all gates
        # without ever waiting, so they open within microseconds of each other.
        self._gate = threading.Lock()
        self._done = threading.Lock()
        self._gate.acquire()
        self._done.acquire()
        self._thread = threading.Thread(target=self._live, name=f"gang-{index}", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        function = self._workload.function
        try:
            pin_member(self._index)
            part = private_part(self._workload, self._index, self._count, self._state)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            self._error = error
        self._done.release()
        while True:
            self._gate.acquire()
            loops = self._loops
            if not loops:
                return
            try:
                if self._error is None:
                    self._stamp = timed(function, part, loops)
            except BaseException as error:  # noqa: BLE001 - handed to the main thread
                self._error = error
            self._done.release()

    def wait_until_ready(self) -> None:
        """Wait until the thread has its part, or has failed to make it."""
        self._done.acquire()

    def set_loops(self, loops: int) -> None:
        """Set how often to do the work when the gate opens; 0 ends the thread."""
        self._loops = loops

    def open_gate(self) -> None:
        """Let the thread go."""
        self._gate.release()

    def wait(self) -> Stamp:
        """Wait for the thread's stamp; raises WorkloadError when it failed."""
        self._done.acquire()
        if self._error is not None or self._stamp is None:
            raise WorkloadError(
                f"thread {self._index + 1} of {self._count} raised "
                f"{type(self._error).__name__}: {self._error}"
            ) from self._error
        return self._stamp

    def join(self) -> None:
        """Wait for the thread's end."""
        self._thread.join()


class ThreadGang:
    """N threads that share nothing but the workload's code."""

    def __init__(self, workload: Workload, threads: int) -> None:
        """Start ``threads`` threads, and wait until each waits at its gate."""
        self._resource = contextlib.ExitStack()
        self._workload = self._resource.enter_context(opened(workload))
        self._is_broken = False
        self._state = shared_state(workload)
        self._members = [
            _Member(self._workload, index, threads, self._state) for index in range(threads)
        ]
        for member in self._members:
            member.wait_until_ready()

    def run(self, loops: int) -> Sample:
        """Release all threads, and return the timing of the last stop after the first start."""
        members = self._members
        for member in members:
            member.set_loops(loops)
        before = counters()
        cpu_ns = time.process_time_ns()
        for member in members:
            member.open_gate()
        self._is_broken = True  # until all have answered
        stamps = [member.wait() for member in members]
        self._is_broken = False
        cpu_s = (time.process_time_ns() - cpu_ns) / 1e9
        sample = sample_from(
            stamps, workload=self._workload, cpu_s=cpu_s, counters=counters().since(before)
        )
        if self._workload.audit is not None:
            audited = self._workload.audit(self._state, loops * len(members))
            sample.notes.update((name, [value]) for name, value in audited.items())
        return sample

    def close(self) -> None:
        """End all threads; after a failure leave them to the end of the process.

        When one thread has failed the others may still be at work, or not even through
        their gate, and nobody waits for them.
        """
        if self._is_broken:
            return
        for member in self._members:
            member.set_loops(0)
            member.open_gate()
        for member in self._members:
            member.join()
        self._resource.close()

    def pids(self) -> list[int]:
        """Return this process."""
        return [os.getpid()]
