"""Choose the thread counts to measure, and the CPUs they run on."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Cpu, Machine

__all__ = ["affinity_for", "pins_for", "thread_sweep"]


def thread_sweep(machine: Machine) -> tuple[int, ...]:
    """Return the default thread counts, ascending.

    Powers of two up to the cores of one NUMA node and that count itself; the node's logical
    CPUs; all cores of all nodes; all logical CPUs; and one point with twice as many threads as
    can run.
    """
    usable = machine.usable_cpus
    node = _largest_node(machine)
    cores = min(usable, _count_cores(node))
    powers = {2**exponent for exponent in range(cores.bit_length())}
    # Without SMT, or with one node, some points are equal.
    points = {cores, min(usable, len(node)), machine.physical_cores, usable, 2 * usable}
    return tuple(sorted(powers | points))


def affinity_for(machine: Machine, threads: int) -> tuple[int, ...]:
    """Return the CPUs a job with ``threads`` threads may use, ascending.

    One logical CPU on each P-core, or on each core, of the largest NUMA node if every thread can
    have a core there; otherwise every usable CPU. Within the set the kernel places the threads.
    """
    node = _largest_node(machine)
    performance = [cpu for cpu in node if cpu.kind == "P"]
    for cpus in (performance, node):
        if threads <= _count_cores(cpus):
            return _first_of_each_core(cpus)
    return tuple(cpu.id for cpu in machine.cpus)


def pins_for(machine: Machine, threads: int, *, block: int) -> tuple[int, ...]:
    """Return the CPU of each of ``threads`` threads; empty where there are too few.

    First one CPU of each core as in ``affinity_for``, then of each other core, then their
    siblings. Each of these lists is rotated from block to block, so that no CPU always comes
    first.
    """
    if threads > machine.usable_cpus:
        return ()
    node = _largest_node(machine)
    cpus: list[int] = []
    for tier in (
        _first_of_each_core([cpu for cpu in node if cpu.kind == "P"]),
        _first_of_each_core(node),
        _first_of_each_core(list(machine.cpus)),
        tuple(cpu.id for cpu in machine.cpus),
    ):
        fresh = [cpu for cpu in tier if cpu not in cpus]
        turn = block % len(fresh) if fresh else 0
        cpus += fresh[turn:] + fresh[:turn]
    return tuple(cpus[:threads])


def _largest_node(machine: Machine) -> list[Cpu]:
    """Return the CPUs of the node with the most usable cores; of equals, the first."""
    nodes: defaultdict[int, list[Cpu]] = defaultdict(list)
    for cpu in machine.cpus:
        nodes[cpu.node].append(cpu)
    return max((nodes[node] for node in sorted(nodes)), key=_count_cores)


def _count_cores(cpus: list[Cpu]) -> int:
    return len({cpu.core for cpu in cpus})


def _first_of_each_core(cpus: list[Cpu]) -> tuple[int, ...]:
    first: dict[int, int] = {}
    for cpu in cpus:
        first[cpu.core] = min(cpu.id, first.get(cpu.core, cpu.id))
    return tuple(sorted(first.values()))
