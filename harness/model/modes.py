"""The ways to run the same function N times at once, and the facts of each."""

from __future__ import annotations

import dataclasses
import enum

__all__ = ["MODES", "Mode", "ModeFacts"]


class Mode(enum.StrEnum):
    """A way to run the same function N times at once."""

    THREADS = "threads"
    SERIAL = "serial"
    PROCESSES = "processes"
    INTERPRETERS = "interpreters"
    """Sub-interpreters of one process, each with its own GIL: CPython 3.14 and newer."""
    ASYNCIO = "asyncio"
    """Tasks of one event loop, for work that waits."""

    @property
    def facts(self) -> ModeFacts:
        """Return its facts."""
        return MODES[self]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModeFacts:
    """The properties of a mode; the worker side has a gang for each (``workloads.gangs``)."""

    noun: str = ""
    """The name of its N members; empty if there is always one."""
    is_default: bool = False
    """It is measured in every variant when no mode is asked for, and so compared by GIL."""
    is_ceiling: bool = False
    """It shows what the machine allows; by default the baseline runs it for computing work."""
    cpus_per_member: int = 0
    """CPUs that each member can keep busy; 0 if all of them share one."""
    has_own_gil: bool = False
    """Each member has its own GIL: they run at the same time under every build, and more members
    than CPUs would not show the machine's limit."""
    has_law: bool = False
    """Scaling laws are fitted to its curve."""
    module: str = ""
    """A module of the standard library that it needs, and that older versions lack."""
    min_cpython: tuple[int, int] = (0, 0)
    """The first version of CPython with that module; other implementations lack it."""


MODES = {
    Mode.SERIAL: ModeFacts(is_default=True),
    Mode.THREADS: ModeFacts(noun="thread", is_default=True, cpus_per_member=1, has_law=True),
    Mode.PROCESSES: ModeFacts(
        noun="process", is_ceiling=True, cpus_per_member=1, has_own_gil=True, has_law=True
    ),
    Mode.INTERPRETERS: ModeFacts(
        noun="interpreter",
        cpus_per_member=1,
        has_own_gil=True,
        module="concurrent.interpreters",
        min_cpython=(3, 14),
    ),
    Mode.ASYNCIO: ModeFacts(noun="task"),
}
"""The modes in the order in which they are shown."""
