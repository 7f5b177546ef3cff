"""Register workloads: small module-level functions that return a checksum."""

from __future__ import annotations

import re
import sys
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    NamedTuple,
    Optional,
    TypedDict,
    TypeVar,
    Union,
    overload,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from contextlib import AbstractContextManager

    from typing_extensions import Unpack

__all__ = [
    "ARMS", "MODES", "NAME", "DefinitionError", "Facts", "Part", "Workload", "ladder",
    "registered", "workload",
]  # fmt: skip

MODES = ("threads", "serial", "processes", "interpreters", "asyncio")
KINDS = ("cpu", "io", "mixed")
SCALINGS = ("strong", "weak")
ARMS = ("", "private", "shared")
STATE_SCOPE = {"private": "each thread its own", "shared": "all threads the same"}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
NOTE = re.compile(r"[a-z][a-z0-9_]{0,59}")

Function = TypeVar("Function", bound=Callable[["Part"], int])


class DefinitionError(ValueError):
    """A workload that cannot be registered; the message names it and says how to fix it."""


# No dataclasses here: importing them takes a tenth of the time that a worker needs to start.
class Part:
    """One thread's share of the work: part ``index`` of ``count``. Its attributes are read only."""

    index: int
    count: int
    size: int
    """The workload's size. Never share it: it is a hot object, see ``gang.private_part``."""
    state: Any
    """What the workload's ``state`` factory made: for this part alone, or one for all parts."""
    notes: dict[str, list[float]]

    def __init__(self, index: int, count: int, size: int, state: object = None) -> None:
        """Make a part without notes."""
        for name, value in (
            ("index", index),
            ("count", count),
            ("size", size),
            ("state", state),
            ("notes", {}),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"Part({self.index}, {self.count}, {self.size}, {self.state!r})"

    def __setattr__(self, name: str, value: object) -> None:
        """Raise AttributeError: a changed part would be other work the next time."""
        raise AttributeError(f"cannot assign to {name!r} of a part")

    def __delattr__(self, name: str) -> None:
        """Raise AttributeError."""
        raise AttributeError(f"cannot delete {name!r} of a part")

    def note(self, name: str, value: float) -> None:
        """Report a number in addition to the time, such as a pause; a name ends with its unit.

        All values of a name are kept, from every part and every call.
        """
        self.notes.setdefault(name, []).append(value)

    def bounds(self) -> tuple[int, int]:
        """Return this part's ``start, stop`` of ``range(size)`` cut in equal chunks."""
        return self.index * self.size // self.count, (self.index + 1) * self.size // self.count


class Facts(TypedDict, total=False):
    """What ``@workload(...)`` takes; ``Workload`` has the same names, and their defaults."""

    kind: str
    """``cpu``, ``io`` (it waits) or ``mixed``."""
    scaling: str
    """``weak``: fixed work per thread, every part has the same checksum. ``strong``: fixed
    total work, checksums of the parts add up to the same total at every thread count."""
    expectation: str
    """The curve to expect, one sentence."""
    size: int
    modes: tuple[str, ...]
    """By default threads, and processes where those show what the machine can do."""
    tags: tuple[str, ...]
    thread_counts: tuple[int, ...]
    """The only thread counts it makes sense at; by default any."""
    value_s: float
    """Seconds one loop lasts by construction, for workloads that wait."""
    min_value_s: float
    """Seconds a value must last at least, for workloads with a rhythm of their own: it holds many
    of their cycles."""
    units: int
    """Units of work in one loop, for throughput."""
    least_units: int
    """Units that all processes of a cell together must have at least."""
    is_paced: bool
    """It goes on for a time fixed beforehand: what it notes is the result, not its duration."""
    has_own_threads: bool
    """The function starts and joins its ``part.count`` threads itself, inside the timing."""
    answering_threads: int
    """Threads that answer requests while all others compute."""
    deadline_s: float
    """An answer noted as ``response_s`` that takes longer misses its deadline."""
    max_speedup: float
    """What the work itself allows with any number of cores, where its parts are unequal."""
    notes: dict[str, str]
    """Name of each note with its unit → what it means, as a clause."""
    rank: int
    """Place in the report: lower ranks first, equal ones in the order they were chosen."""
    needs: tuple[str, ...]
    """Optional modules of the standard library that it is about: an interpreter that was built
    without one of them skips it."""
    name: str
    """By default the function's."""
    state: Callable[[], Any]
    """Makes ``part.state``; called in each thread, or once where the arm is ``shared``."""
    coroutine: Callable[[Part], Awaitable[int]]
    """The same work for mode ``asyncio``."""
    resource: Callable[[], AbstractContextManager[Callable[[], Any]]]
    """What all parts use and what must be closed, such as a server and connections to it:
    entered once before the first value and left after the last; makes ``state``."""


class Workload(NamedTuple):
    """A registered workload function and its facts, which ``Facts`` explains."""

    name: str
    function: Callable[[Part], int]
    kind: str = "cpu"
    scaling: str = "weak"
    modes: tuple[str, ...] = ()
    size: int = 1
    expectation: str = ""
    tags: tuple[str, ...] = ()
    thread_counts: Optional[tuple[int, ...]] = None
    value_s: Optional[float] = None
    min_value_s: Optional[float] = None
    units: int = 1
    least_units: int = 1
    is_paced: bool = False
    has_own_threads: bool = False
    answering_threads: int = 0
    deadline_s: Optional[float] = None
    max_speedup: Optional[float] = None
    notes: dict[str, str] = {}  # noqa: RUF012 - never changed
    rank: int = 10
    needs: tuple[str, ...] = ()
    state: Optional[Callable[[], Any]] = None
    coroutine: Optional[Callable[[Part], Awaitable[int]]] = None
    resource: Optional[Callable[[], AbstractContextManager[Callable[[], Any]]]] = None
    arm: str = ""
    """``private`` or ``shared`` in a pair that differs in nothing else; else empty."""
    pair: str = ""
    """The name both arms of a pair have in common."""
    audit: Optional[Callable[[Any, int], dict[str, float]]] = None
    """Called after each value of a shared arm with the state and the number of calls of the
    function in all threads; returns notes, such as the number of lost updates."""

    @property
    def family(self) -> str:
        """Return the module that defines it: ``shared/*`` is a glob over a family."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """Return the first line of the function's docstring, with the scope of an arm's state."""
        line = _docstring(self.function).strip().splitlines()[0]
        return f"{line.rstrip('.')} ({STATE_SCOPE[self.arm]})." if self.arm else line

    def combine(self, checksums: list[int]) -> int:
        """Return the checksum of the whole from those of its parts.

        Raises ValueError when the parts of a weak-scaling workload disagree.
        """
        if self.scaling == "strong":
            return sum(checksums)
        if len(set(checksums)) != 1:
            raise ValueError(f"the threads returned different checksums: {checksums}")
        return checksums[0]


_registry: dict[str, Workload] = {}


def registered() -> dict[str, Workload]:
    """Return all workloads registered so far, by name."""
    return dict(_registry)


@overload
def workload(function: Function, /) -> Function: ...


@overload
def workload(**facts: Unpack[Facts]) -> Callable[[Function], Function]: ...


def workload(
    function: Optional[Function] = None, /, **facts: Unpack[Facts]
) -> Union[Function, Callable[[Function], Function]]:
    """Register a function ``f(part: Part) -> int`` as something to measure.

    The function does part ``part.index`` of ``part.count`` of the work and returns an
    integer checksum, the same at every call. The first line of its docstring says what is
    measured. ``@workload`` alone is enough: every thread then does the whole work (``weak``;
    ``strong`` cuts it in parts, see ``Part.bounds``), and the same in as many processes shows
    what the machine can do. ``Facts`` lists what else can be said.
    """
    for fact in facts:
        if fact not in Facts.__annotations__:
            raise TypeError(f"workload() got an unexpected keyword argument {fact!r}")

    def register(function: Function) -> Function:
        given: dict[str, Any] = {"name": function.__name__, **facts}
        new = Workload(function=function, **given)
        has_ceiling = new.kind == "cpu" and not new.has_own_threads
        modes = new.modes or (("threads", "processes") if has_ceiling else ("threads",))
        _add(new._replace(modes=modes))
        return function

    return register if function is None else register(function)


def ladder(
    *,
    state: Callable[[], Any],
    size: int,
    shared: str,
    private: str = "N times as fast on N cores without the GIL; never faster with it",
    notes: Optional[dict[str, str]] = None,
    audit: Optional[Callable[[Any, int], dict[str, float]]] = None,
) -> Callable[[Function], Function]:
    """Register a pair of workloads that differ in one thing only: the scope of ``part.state``.

    ``NAME_private`` makes one state in each thread, ``NAME_shared`` one for all threads, so
    that the difference between them is the price of sharing. ``shared`` and ``private`` say
    which curve to expect. Both scale weakly: every thread does the whole work.
    """

    def register(function: Function) -> Function:
        pair = function.__name__
        for arm, expectation in (("private", private), ("shared", shared)):
            is_shared = arm == "shared"
            _add(
                Workload(
                    name=f"{pair}_{arm}",
                    function=function,
                    # A process cannot share an object with another one.
                    modes=("threads",) if is_shared else ("threads", "processes"),
                    size=size,
                    expectation=expectation,
                    tags=("ladder", arm),
                    state=state,
                    notes=notes if is_shared and notes else {},
                    arm=arm,
                    pair=pair,
                    audit=audit if is_shared else None,
                )
            )
        return function

    return register


def _docstring(function: Function) -> str:
    if function.__doc__ is None and sys.flags.optimize > 1:
        from workloads.docstrings import written_docstring  # noqa: PLC0415 - for -OO alone

        return written_docstring(function)
    return function.__doc__ or ""


def _add(new: Workload) -> None:
    if not NAME.fullmatch(new.name):
        raise DefinitionError(
            f"workload {new.name!r}: a name is a letter and at most 59 letters, digits or '_'"
        )
    if new.name in _registry:
        raise DefinitionError(f"workload {new.name!r} is registered twice: give one another name=")
    if not _docstring(new.function).strip():
        raise DefinitionError(f"workload {new.name!r} has no docstring: say what it isolates")
    for what, value, valid in (
        ("kind", new.kind, KINDS),
        ("scaling", new.scaling, SCALINGS),
        *(("mode", mode, MODES) for mode in new.modes),
    ):
        if value not in valid:
            raise DefinitionError(f"workload {new.name!r}: {what} {value!r} is not one of {valid}")
    for note in new.notes:
        if not NOTE.fullmatch(note):
            raise DefinitionError(
                f"workload {new.name!r} notes {note!r}: write at most 60 small letters, digits "
                "and '_'"
            )
    if "asyncio" in new.modes and new.coroutine is None:
        raise DefinitionError(f"workload {new.name!r} has the mode asyncio but no coroutine")
    _registry[new.name] = new
