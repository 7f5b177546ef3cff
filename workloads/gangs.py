"""The gang of each mode: how N workers are made and released together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from workloads.gang import Gang, Serial, ThreadGang
from workloads.processes import ProcessGang
from workloads.subinterpreters import InterpreterGang

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["GANGS", "make_gang"]


def _threads(workload: Workload, count: int) -> Gang:
    return Serial(workload, count) if workload.has_own_threads else ThreadGang(workload, count)


def _tasks(workload: Workload, count: int) -> Gang:
    from workloads.tasks import TaskGang  # noqa: PLC0415 - asyncio is a large import

    return TaskGang(workload, count)


GANGS: dict[str, Callable[[Workload, int], Gang]] = {
    "threads": _threads,
    "serial": Serial,
    "processes": ProcessGang,
    "interpreters": InterpreterGang,
    "asyncio": _tasks,
}
"""Mode → what makes its gang of a workload and a count; the keys are ``registry.MODES``."""


def make_gang(workload: Workload, mode: str, count: int) -> Gang:
    """Start the workers of one cell."""
    return GANGS[mode](workload, count)
