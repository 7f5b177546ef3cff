"""The usable logical CPUs with their cores, NUMA nodes, and kinds where cores differ."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from harness.machine.kernel_files import parse_cpu_list, read_count, read_text
from harness.model import Cpu

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["cpu_folder", "has_topology", "is_smt_active", "read_cpus"]

_TOLERANCE = 0.10
"""Cores of one kind differ by a few percent, different kinds by far more."""


def cpu_folder(root: Path, cpu: int) -> Path:
    """Return the kernel's folder of one logical CPU."""
    return root / f"sys/devices/system/cpu/cpu{cpu}"


def read_cpus(root: Path, usable: Iterable[int]) -> tuple[Cpu, ...]:
    """Return the usable CPUs in ascending order.

    A core is named after its lowest CPU. Without a topology, every CPU counts as a core.
    """
    ids = sorted(usable)
    # Kinds depend on the whole machine: a mask may contain E-cores only.
    online = parse_cpu_list(read_text(root / "sys/devices/system/cpu/online"))
    cores = _cores(root, ids)
    nodes = _nodes(root)
    kinds = _kinds(root, online | set(ids))
    return tuple(
        Cpu(id=cpu, core=cores[cpu], node=nodes.get(cpu, 0), kind=kinds.get(cpu, "")) for cpu in ids
    )


def has_topology(root: Path, cpu: int) -> bool:
    """Return whether the core of ``cpu`` is known."""
    return bool(_siblings(root, cpu)) or _core_key(root, cpu) is not None


def is_smt_active(root: Path, cpus: Iterable[Cpu]) -> bool:
    """Return whether SMT is on, even if the siblings are not in the mask."""
    cores = [cpu.core for cpu in cpus]
    active = read_text(root / "sys/devices/system/cpu/smt/active")
    return active == "1" or len(set(cores)) < len(cores)


def _siblings(root: Path, cpu: int) -> frozenset[int]:
    topology = cpu_folder(root, cpu) / "topology"
    # Kernels before 5.3 have the second name.
    text = read_text(topology / "core_cpus_list") or read_text(topology / "thread_siblings_list")
    return parse_cpu_list(text)


def _core_key(root: Path, cpu: int) -> tuple[str, str, str] | None:
    topology = cpu_folder(root, cpu) / "topology"
    core = read_text(topology / "core_id")
    if not core:
        return None
    # Core numbers are unique only within a package and die.
    return read_text(topology / "physical_package_id"), read_text(topology / "die_id"), core


def _cores(root: Path, cpus: Iterable[int]) -> dict[int, int]:
    cores: dict[int, int] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for cpu in cpus:
        if siblings := _siblings(root, cpu):
            cores[cpu] = min(siblings)
        else:
            key = _core_key(root, cpu)
            cores[cpu] = cpu if key is None else seen.setdefault(key, cpu)
    return cores


def _nodes(root: Path) -> dict[int, int]:
    folders = (root / "sys/devices/system/node").glob("node[0-9]*")
    return {
        cpu: int(folder.name.removeprefix("node"))
        for folder in folders
        for cpu in parse_cpu_list(read_text(folder / "cpulist"))
    }


def _kinds(root: Path, cpus: Iterable[int]) -> dict[int, str]:
    """Return ``P`` or ``E`` for every CPU if the cores differ, or else an empty dict."""
    performance, atom, lowpower = (
        parse_cpu_list(read_text(root / f"sys/devices/cpu_{kind}/cpus"))
        for kind in ("core", "atom", "lowpower")
    )
    if performance and (efficiency := atom | lowpower):
        return dict.fromkeys(performance, "P") | dict.fromkeys(efficiency, "E")
    # Frequencies are second choice: they do not tell how much a core does per cycle.
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        speeds = {cpu: read_count(cpu_folder(root, cpu) / name) for cpu in cpus}
        readable = {cpu: speed for cpu, speed in speeds.items() if speed is not None}
        if len(readable) == len(speeds) and (kinds := _split(readable)):
            return kinds
    return {}


def _split(speeds: Mapping[int, int]) -> dict[int, str]:
    """Split the CPUs at the widest gap between neighbouring speeds, if beyond the tolerance.

    Comparing neighbours, and not each core with the fastest, keeps cores of one kind together.
    """
    levels = sorted(set(speeds.values()))
    gaps = [(1 - low / high, high) for low, high in itertools.pairwise(levels)]
    gap, slowest_performance = max(gaps, default=(0.0, 0))
    if gap <= _TOLERANCE:
        return {}
    return {cpu: "P" if speed >= slowest_performance else "E" for cpu, speed in speeds.items()}
