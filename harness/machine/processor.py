"""The processor's model and the settings of its clock."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

from harness.machine.kernel_files import read_text
from harness.machine.topology import cpu_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["governors", "is_turbo_on", "is_virtual", "model_name", "short_name", "virtualization"]

_ARM_VENDORS = {
    "0x41": "ARM",
    "0x46": "Fujitsu",
    "0x48": "HiSilicon",
    "0x4e": "NVIDIA",
    "0x51": "Qualcomm",
    "0x61": "Apple",
    "0xc0": "Ampere",
}
_ARM_PARTS = {
    ("0x41", "0xd03"): "Cortex-A53",
    ("0x41", "0xd05"): "Cortex-A55",
    ("0x41", "0xd07"): "Cortex-A57",
    ("0x41", "0xd08"): "Cortex-A72",
    ("0x41", "0xd09"): "Cortex-A73",
    ("0x41", "0xd0b"): "Cortex-A76",
    ("0x41", "0xd0c"): "Neoverse-N1",
    ("0x41", "0xd40"): "Neoverse-V1",
    ("0x41", "0xd49"): "Neoverse-N2",
    ("0x41", "0xd4f"): "Neoverse-V2",
}
"""Common cores, from lscpu; others are shown by their numbers."""

_NOISE = re.compile(
    r"\((?:R|TM|C)\)| CPU\b| @ .*| (?:\d+|\w+)-Core Processor| Processor\b| with Radeon.*",
    re.IGNORECASE,
)


def model_name(root: Path) -> str:
    """Return the processor's name from the kernel, or else from Python."""
    fields = _cpuinfo(root)
    # In order: x86; MIPS; RISC-V; POWER.
    for key in ("model name", "cpu model", "uarch", "cpu"):
        if names := fields.get(key):
            return names[0]
    if arm := _arm_names(fields):
        return arm
    return (fields.get("Hardware") or [platform.processor() or platform.machine()])[0]


def short_name(model: str) -> str:
    """Return the name without trademarks, clock and core count."""
    return " ".join(_NOISE.sub("", model).split())


def is_virtual(root: Path) -> bool | None:
    """Return whether this is a virtual machine, ``None`` if unknown."""
    fields = _cpuinfo(root)
    # Only x86 has the flag; elsewhere its absence means nothing.
    return "hypervisor" in fields["flags"][0].split() if "flags" in fields else None


def virtualization(root: Path) -> str:
    """Return the vendor of the virtual machine, empty on bare metal or if unknown."""
    if not is_virtual(root):
        return ""
    return read_text(root / "sys/class/dmi/id/sys_vendor") or "hypervisor"


def governors(root: Path, cpus: Iterable[int]) -> str:
    """Return the distinct frequency governors of the CPUs, separated by commas."""
    names = {read_text(cpu_folder(root, cpu) / "cpufreq/scaling_governor") for cpu in cpus}
    return ", ".join(sorted(names - {""}))


def is_turbo_on(root: Path, cpu: int) -> bool | None:
    """Return whether clocks above the nominal one are allowed, ``None`` if unknown."""
    system = root / "sys/devices/system/cpu"
    # In order: intel_pstate; acpi-cpufreq and amd-pstate; amd-pstate for one CPU.
    for path, on in (
        (system / "intel_pstate/no_turbo", "0"),
        (system / "cpufreq/boost", "1"),
        (cpu_folder(root, cpu) / "cpufreq/boost", "1"),
    ):
        if state := read_text(path):
            return state == on
    return None


def _cpuinfo(root: Path) -> dict[str, list[str]]:
    """Return the distinct values of every field of /proc/cpuinfo, in order of appearance."""
    fields: dict[str, dict[str, None]] = {}
    for line in read_text(root / "proc/cpuinfo").splitlines():
        key, separator, value = line.partition(":")
        if separator and value.strip():
            fields.setdefault(key.strip(), {})[value.strip()] = None
    return {key: list(values) for key, values in fields.items()}


def _arm_names(fields: dict[str, list[str]]) -> str:
    """Return the names of the different cores, joined by `` + ``."""
    vendor = (fields.get("CPU implementer") or [""])[0]
    name = _ARM_VENDORS.get(vendor, f"implementer {vendor}")
    parts = [_ARM_PARTS.get((vendor, part), f"part {part}") for part in fields.get("CPU part", [])]
    return f"{name} {' + '.join(parts)}" if parts else ""
