"""Audit what this process may use of the computer, and what may disturb a measurement."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.machine import limits, processor, topology
from harness.machine.kernel_files import parse_cpu_list, read_text
from harness.machine.load import load_1min, steal_and_total
from harness.model import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["audit", "load_note"]

_BUSY = 0.5
"""Load per usable CPU above which other programs take a noticeable share of the time."""


def audit(root: Path = Path("/"), *, affinity: frozenset[int] | None = None) -> Machine:
    """Return the facts about the computer that need no other process.

    ``root`` and ``affinity`` replace the real file tree and CPU mask in tests.
    """
    usable = _affinity() if affinity is None else affinity
    cpus = topology.read_cpus(root, usable)
    machine = Machine(
        label="",
        host=read_text(root / "proc/sys/kernel/hostname") or platform.node(),
        system=platform.system(),
        kernel=read_text(root / "proc/sys/kernel/osrelease") or platform.release(),
        libc=" ".join(platform.libc_ver()).strip(),
        architecture=platform.machine(),
        cpu_model=processor.model_name(root),
        cpus=cpus,
        quota=limits.read_quota(root),
        memory_bytes=limits.read_memory(root),
        governor=processor.governors(root, usable),
        virtualization=processor.virtualization(root),
        load_1min=load_1min(root),
    )
    notes = (*_gaps(root, machine, affinity=affinity), *_disturbances(root, machine))
    return msgspec.structs.replace(machine, label=_label(machine), notes=notes)


def _affinity() -> frozenset[int]:
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def _label(machine: Machine) -> str:
    """Describe the machine by its hardware, never by its host name."""
    cpus = machine.cpus
    kinds = {cpu.core: cpu.kind for cpu in cpus}
    details = []
    if set(kinds.values()) == {"P", "E"}:
        counts = list(kinds.values())
        details.append(f"{counts.count('P')} P + {counts.count('E')} E")
    if len(cpus) > len(kinds):
        details.append(f"{len(cpus)} threads")
    size = f"{len(kinds)} core{'s' if len(kinds) > 1 else ''}"
    if details:
        size += f" ({', '.join(details)})"
    if machine.quota is not None and machine.quota < len(cpus):
        size += f" limited to {machine.quota:g} CPUs"
    model = processor.short_name(machine.cpu_model) or "unknown CPU"
    return f"{model}, {size}, {machine.system} {machine.architecture}"


def _gaps(root: Path, machine: Machine, *, affinity: frozenset[int] | None) -> Iterator[str]:
    """Return a sentence for everything that could not be read."""
    system = machine.system
    first = machine.cpus[0].id
    is_affinity_known = affinity is not None or hasattr(os, "sched_getaffinity")
    is_topology_known = all(topology.has_topology(root, cpu.id) for cpu in machine.cpus)
    are_limits_known = system != "Linux" or limits.has_control_groups(root)
    checks = (
        (is_affinity_known, f"CPU affinity is not available on {system}"),
        (is_topology_known, "The core topology could not be read: CPUs are counted as cores"),
        (are_limits_known, "The limits of the control group could not be read"),
        (machine.memory_bytes > 0, "The size of the memory could not be read"),
        (machine.libc != "", "The version of the C library could not be read"),
        (machine.governor != "", "The frequency governor could not be read"),
        (processor.is_turbo_on(root, first) is not None, "The turbo state could not be read"),
        (
            processor.is_virtual(root) is not None,
            "Whether this is a virtual machine could not be read",
        ),
        (machine.load_1min is not None, f"The load average is not available on {system}"),
        (steal_and_total(root) is not None, f"Steal time is not available on {system}"),
    )
    return (sentence for is_known, sentence in checks if not is_known)


def _disturbances(root: Path, machine: Machine) -> Iterator[str]:
    """Yield a sentence for everything that may disturb a measurement, whenever it is made."""
    if len(machine.cpus) == 1:
        yield "Only one CPU is usable: threads take turns on it, and no build can gain from them"
    if machine.governor not in {"", "performance"}:
        yield f"The frequency governor is {machine.governor}, not performance"
    if (turbo := processor.is_turbo_on(root, machine.cpus[0].id)) is not None:
        yield "Turbo is on: the clock falls as more cores work" if turbo else "Turbo is off"
    if topology.is_smt_active(root, machine.cpus):
        yield "SMT is on: threads on one core share its execution units"
    if {cpu.kind for cpu in machine.cpus} == {"P", "E"}:
        yield "Cores differ in speed: beyond the P-cores, threads run at two speeds"
    isolated = parse_cpu_list(read_text(root / "sys/devices/system/cpu/isolated"))
    if isolated & {cpu.id for cpu in machine.cpus}:
        yield (
            "CPUs are isolated: the kernel moves no thread between them, so that only pinned ones "
            "are spread, and more threads than CPUs share one"
        )
    yield from _quota_notes(machine)
    if machine.virtualization:
        yield "This is a virtual machine: its host may take CPU time away (steal)"


def load_note(machine: Machine) -> str:
    """Return a sentence about a high load now, empty where it is low.

    For the terminal alone: the load may be that of our own builds a minute ago. What disturbed the
    run is judged by the run.
    """
    cpus = len(machine.cpus)
    if machine.load_1min is None or machine.load_1min <= _BUSY * cpus:
        return ""
    return (
        f"The load average of the last minute is {machine.load_1min:.2f} on {cpus} CPUs: "
        "close other programs, unless it comes from preparing the interpreters"
    )


def _quota_notes(machine: Machine) -> Iterator[str]:
    quota, count = machine.quota, len(machine.cpus)
    if quota is None or quota >= count:
        return
    yield f"The control group grants {quota:g} CPUs' worth of time on {count} CPUs"
    if quota % 1:
        yield "The quota is fractional: threads are stopped in the middle of a value"
