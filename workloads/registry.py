"""Register workloads: small module-level functions that return a checksum."""

from __future__ import annotations

import dataclasses
import importlib
import os
import re
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union, overload

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from contextlib import AbstractContextManager

__all__ = [
    "ARMS", "FAMILY", "FOLDER", "OWN_FILE", "REGISTRY", "DefinitionError", "Part", "Workload",
    "find", "ladder", "load_families", "workload",
]  # fmt: skip

MODES = ("threads", "serial", "processes", "interpreters", "asyncio")
KINDS = ("cpu", "io", "mixed")
SCALINGS = ("strong", "weak")
ARMS = ("", "private", "shared")
WHOSE = {"private": "each thread its own", "shared": "all threads the same"}
OWN_FILE = "GILSCOPE_WORKLOAD_FILE"
"""The environment variable that names a file of the user's; children inherit it."""
FAMILY = "GILSCOPE_FAMILY"
"""The environment variable that names the family of a built-in workload; children inherit it."""
FOLDER = "GILSCOPE_FOLDER"
"""The environment variable that names where files are put; else the temporary folder."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")

Function = TypeVar("Function", bound=Callable[["Part"], int])


class DefinitionError(ValueError):
    """A workload that cannot be registered; the message names it and the mend."""


@dataclasses.dataclass(frozen=True)
class Part:
    """One thread's share of the work: part ``index`` of ``count``."""

    index: int
    count: int
    size: int
    """The workload's size. Never share it: it is a hot object, see ``gang.private_part``."""
    state: Any = None
    """What the workload's ``state`` factory made: for this part alone, or one for all parts."""
    notes: dict[str, list[float]] = dataclasses.field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        """Report a number beside the time, such as a pause in seconds; a name says its unit.

        All values noted under one name are kept, of every part and every call.
        """
        self.notes.setdefault(name, []).append(value)

    def bounds(self) -> tuple[int, int]:
        """Return this part's ``start, stop`` of ``range(size)`` cut in equal chunks."""
        return self.index * self.size // self.count, (self.index + 1) * self.size // self.count


@dataclasses.dataclass(frozen=True)
class Workload:
    """A registered workload function and what the plan must know of it."""

    name: str
    function: Callable[[Part], int]
    kind: str
    scaling: str
    """``strong``: fixed total work, checksums of the parts add up to the same total at
    every thread count. ``weak``: fixed work per thread, every part has the same checksum."""
    modes: tuple[str, ...]
    size: int
    expectation: str
    tags: tuple[str, ...]
    thread_counts: Optional[tuple[int, ...]]
    """The only thread counts it makes sense at, or ``None`` for any."""
    value_s: Optional[float]
    """Seconds one loop lasts by construction, for workloads that wait; else ``None``."""
    units: int
    """Units of work in one loop, for throughput."""
    has_own_threads: bool
    """The function starts and joins its ``part.count`` threads itself, inside the timing."""
    state: Optional[Callable[[], Any]] = None
    """Makes ``part.state``; called in each thread, or once where the arm is ``shared``."""
    least_units: int = 1
    """As many units as all processes of a cell together must have at least."""
    is_paced: bool = False
    """It goes on for a time fixed beforehand: what it notes is the result, not its duration."""
    arm: str = ""
    """``private`` or ``shared`` in a pair that differs in nothing else; else empty."""
    pair: str = ""
    """The name both arms of a pair have in common."""
    audit: Optional[Callable[[Any, int], dict[str, float]]] = None
    """Called after each value of a shared arm with the state and the number of calls of the
    function in all threads; returns notes, such as the number of lost updates."""
    coroutine: Optional[Callable[[Part], Awaitable[int]]] = None
    """The same work for mode ``asyncio``."""
    resource: Optional[Callable[[], AbstractContextManager[Callable[[], Any]]]] = None
    """What all parts use and what must be closed, such as a server and connections to it:
    entered once before the first value and left after the last; makes ``state``."""

    @property
    def family(self) -> str:
        """Return the module it stands in: ``shared/*`` is a glob over a family."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def summary(self) -> str:
        """Return the first line of the function's docstring, and whose state an arm works on."""
        line = (self.function.__doc__ or "").strip().splitlines()[0]
        return f"{line.rstrip('.')} ({WHOSE[self.arm]})." if self.arm else line

    def combine(self, checksums: list[int]) -> int:
        """Return the checksum of the whole from those of its parts.

        Raises ValueError when the parts of a weak-scaling workload disagree.
        """
        if self.scaling == "strong":
            return sum(checksums)
        if len(set(checksums)) != 1:
            raise ValueError(f"the threads returned different checksums: {checksums}")
        return checksums[0]


FAMILIES = (
    *("factorize", "lesson", "blocking", "files", "sockets", "remote_control"),
    *("shared", "runtime", "native", "collector"),
)
REGISTRY: dict[str, Workload] = {}


@overload
def workload(function: Function, /) -> Function: ...


@overload
def workload(
    *,
    kind: str = "cpu",
    scaling: str = "weak",
    expectation: str = "",
    size: int = 1,
    modes: Optional[tuple[str, ...]] = None,
    tags: tuple[str, ...] = (),
    thread_counts: Optional[tuple[int, ...]] = None,
    value_s: Optional[float] = None,
    units: int = 1,
    least_units: int = 1,
    is_paced: bool = False,
    has_own_threads: bool = False,
    name: str = "",
    state: Optional[Callable[[], Any]] = None,
    coroutine: Optional[Callable[[Part], Awaitable[int]]] = None,
    resource: Optional[Callable[[], AbstractContextManager[Callable[[], Any]]]] = None,
) -> Callable[[Function], Function]: ...


def workload(  # noqa: PLR0913 - one keyword per fact about a workload
    function: Optional[Function] = None,
    /,
    *,
    kind: str = "cpu",
    scaling: str = "weak",
    expectation: str = "",
    size: int = 1,
    modes: Optional[tuple[str, ...]] = None,
    tags: tuple[str, ...] = (),
    thread_counts: Optional[tuple[int, ...]] = None,
    value_s: Optional[float] = None,
    units: int = 1,
    least_units: int = 1,
    is_paced: bool = False,
    has_own_threads: bool = False,
    name: str = "",
    state: Optional[Callable[[], Any]] = None,
    coroutine: Optional[Callable[[Part], Awaitable[int]]] = None,
    resource: Optional[Callable[[], AbstractContextManager[Callable[[], Any]]]] = None,
) -> Union[Function, Callable[[Function], Function]]:
    """Register a function ``f(part: Part) -> int`` as something to measure.

    The function does part ``part.index`` of ``part.count`` of the work and returns an
    integer checksum, the same at every call. The first line of its docstring says what is
    measured. ``@workload`` alone is enough: every thread then does the whole work (``weak``;
    ``strong`` cuts it in parts, see ``Part.bounds``), and the same in as many processes shows
    what the machine can do. The workload is called as the function is, or ``name``.
    """
    has_ceiling = kind == "cpu" and not has_own_threads
    wanted = modes or (("threads", "processes") if has_ceiling else ("threads",))

    def register(function: Function) -> Function:
        facts: dict[str, Any] = {
            "kind": kind,
            "scaling": scaling,
            "expectation": expectation,
            "size": size,
            "modes": wanted,
            "tags": tags,
            "thread_counts": thread_counts,
            "value_s": value_s,
            "units": units,
            "least_units": least_units,
            "is_paced": is_paced,
            "has_own_threads": has_own_threads,
            "state": state,
            "coroutine": coroutine,
            "resource": resource,
        }
        _add(Workload(name=name or function.__name__, function=function, **facts))
        return function

    return register if function is None else register(function)


def ladder(  # noqa: PLR0913 - one keyword per fact about a pair
    *,
    state: Callable[[], Any],
    size: int,
    shared: str,
    private: str = "N times as fast on N cores without the GIL; never faster with it",
    tags: tuple[str, ...] = (),
    audit: Optional[Callable[[Any, int], dict[str, float]]] = None,
    name: str = "",
) -> Callable[[Function], Function]:
    """Register a pair of workloads that differ in one thing only: whose ``part.state`` it is.

    ``NAME_private`` makes one state in each thread, ``NAME_shared`` one for all threads, so
    that the difference between them is the price of sharing. ``shared`` and ``private`` say
    which curve to expect. Both scale weakly: every thread does the whole work.
    """

    def register(function: Function) -> Function:
        base = name or function.__name__
        for arm, expectation in (("private", private), ("shared", shared)):
            _add(
                Workload(
                    name=f"{base}_{arm}",
                    function=function,
                    kind="cpu",
                    scaling="weak",
                    # A process cannot share an object with another one.
                    modes=("threads", "processes") if arm == "private" else ("threads",),
                    size=size,
                    expectation=expectation,
                    tags=("ladder", arm, *tags),
                    thread_counts=None,
                    value_s=None,
                    units=1,
                    has_own_threads=False,
                    state=state,
                    arm=arm,
                    pair=base,
                    audit=audit if arm == "shared" else None,
                )
            )
        return function

    return register


def _add(new: Workload) -> None:
    if not NAME.fullmatch(new.name):
        raise DefinitionError(
            f"workload {new.name!r}: a name is a letter and at most 59 letters, digits or '_'"
        )
    if new.name in REGISTRY:
        raise DefinitionError(f"workload {new.name!r} is registered twice: give one another name=")
    if not (new.function.__doc__ or "").strip():
        raise DefinitionError(f"workload {new.name!r} has no docstring: say what it isolates")
    for what, value, valid in (
        ("kind", new.kind, KINDS),
        ("scaling", new.scaling, SCALINGS),
        *(("mode", mode, MODES) for mode in new.modes),
    ):
        if value not in valid:
            raise DefinitionError(f"workload {new.name!r}: {what} {value!r} is not one of {valid}")
    if "asyncio" in new.modes and new.coroutine is None:
        raise DefinitionError(f"workload {new.name!r} has the mode asyncio but no coroutine")
    REGISTRY[new.name] = new


def find(name: str) -> Workload:
    """Return the workload registered as ``name``; raises KeyError naming the known ones.

    Where the controller names a file of the user's, it is one of that file; where it names a
    family, no other is imported: what is not measured should not take part.
    """
    own, family = os.environ.get(OWN_FILE), os.environ.get(FAMILY)
    if own:
        importlib.import_module("workloads.own").load(own)
    elif family in FAMILIES:
        importlib.import_module(f"workloads.{family}")
    else:
        load_families()
    if name not in REGISTRY:
        raise KeyError(f"no workload {name!r}; known: {', '.join(sorted(REGISTRY))}")
    return REGISTRY[name]


def load_families() -> dict[str, Workload]:
    """Import every built-in family; return their workloads in the catalogue's order."""
    modules = [importlib.import_module(f"workloads.{family}").__name__ for family in FAMILIES]
    return {
        name: found
        for module in modules
        for name, found in REGISTRY.items()
        if found.function.__module__ == module
    }
