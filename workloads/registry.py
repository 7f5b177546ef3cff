"""Register workloads: small module-level functions that return a checksum.

Place in the flow: workload families register here; the controller's plan and the
worker's ``__main__`` look up here.
"""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any, Callable, Optional, TypeVar

__all__ = ["REGISTRY", "Part", "Workload", "find", "workload"]

MODES = ("threads", "serial", "processes")
KINDS = ("cpu", "io", "mixed")
SCALINGS = ("strong", "weak")

Function = TypeVar("Function", bound=Callable[["Part"], int])


@dataclasses.dataclass(frozen=True)
class Part:
    """One thread's share of the work: part ``index`` of ``count``."""

    index: int
    count: int
    size: int
    """The workload's size. Never share it: it is a hot object, see ``gang.private_part``."""

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

    @property
    def summary(self) -> str:
        """Return the first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().splitlines()[0]

    def combine(self, checksums: list[int]) -> int:
        """Return the checksum of the whole from those of its parts.

        Raises ValueError when the parts of a weak-scaling workload disagree.
        """
        if self.scaling == "strong":
            return sum(checksums)
        if len(set(checksums)) != 1:
            raise ValueError(f"the threads returned different checksums: {checksums}")
        return checksums[0]


FAMILIES = ("factorize", "lesson", "blocking")
REGISTRY: dict[str, Workload] = {}


def workload(  # noqa: PLR0913 - one keyword per fact about a workload
    *,
    kind: str,
    scaling: str,
    expectation: str,
    size: int = 1,
    modes: tuple[str, ...] = ("threads",),
    tags: tuple[str, ...] = (),
    thread_counts: Optional[tuple[int, ...]] = None,
    value_s: Optional[float] = None,
    units: int = 1,
    has_own_threads: bool = False,
) -> Callable[[Function], Function]:
    """Register a function ``f(part: Part) -> int`` under its own name.

    The function does part ``part.index`` of ``part.count`` of the work and returns an
    integer checksum. Its docstring says what it isolates, what scales, what is shared.
    """

    def register(function: Function) -> Function:
        facts: dict[str, Any] = {
            "kind": kind,
            "scaling": scaling,
            "expectation": expectation,
            "size": size,
            "modes": modes,
            "tags": tags,
            "thread_counts": thread_counts,
            "value_s": value_s,
            "units": units,
            "has_own_threads": has_own_threads,
        }
        _add(Workload(name=function.__name__, function=function, **facts))
        return function

    return register


def _add(new: Workload) -> None:
    if new.name in REGISTRY:
        raise ValueError(f"workload {new.name!r} is registered twice")
    if not (new.function.__doc__ or "").strip():
        raise ValueError(f"workload {new.name!r} has no docstring: say what it isolates")
    for what, value, valid in (
        ("kind", new.kind, KINDS),
        ("scaling", new.scaling, SCALINGS),
        *(("mode", mode, MODES) for mode in new.modes),
    ):
        if value not in valid:
            raise ValueError(f"workload {new.name!r}: {what} {value!r} is not one of {valid}")
    REGISTRY[new.name] = new


def find(name: str) -> Workload:
    """Return the workload registered as ``name``; raises KeyError naming the known ones."""
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
