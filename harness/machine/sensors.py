"""The clock and the temperature of the processor, where the kernel reports them."""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from harness.machine.kernel_files import read_count, read_text
from harness.machine.topology import cpu_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["frequency_hz", "temperature_c"]

_ZONES = re.compile(r"x86_pkg_temp|(.*[-_])?(cpu|soc|pkg|cluster)\d*([-_].*)?", re.IGNORECASE)
"""Thermal zones of the processor on Intel and common ARM platforms."""
_CHIPS = frozenset({"coretemp", "k10temp", "zenpower", "cpu_thermal"})
"""Drivers that measure inside the processor; see Documentation/hwmon."""
_PLAUSIBLE_HZ = (1e7, 2e10)
_PLAUSIBLE_C = (1.0, 130.0)


def frequency_hz(root: Path = Path("/"), cpus: Iterable[int] = ()) -> float | None:
    """Return the current mean clock of ``cpus``, ``None`` if unknown."""
    usable = sorted(cpus)
    readings = [read_count(cpu_folder(root, cpu) / "cpufreq/scaling_cur_freq") for cpu in usable]
    clocks = [1e3 * kilohertz for kilohertz in readings if kilohertz is not None]
    if not clocks:
        clocks = _cpuinfo_clocks(root, frozenset(usable))
    low, high = _PLAUSIBLE_HZ
    plausible = [clock for clock in clocks if low <= clock <= high]
    return statistics.fmean(plausible) if plausible else None


def _cpuinfo_clocks(root: Path, usable: frozenset[int]) -> list[float]:
    """Return the clocks in /proc/cpuinfo, or none if they are all equal.

    Then they are the nominal clock, which is what a virtual machine shows.
    """
    clocks: dict[int, float] = {}
    cpu = -1
    for line in read_text(root / "proc/cpuinfo").splitlines():
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "processor" and value.isdecimal():
            cpu = int(value)
        elif key == "cpu MHz" and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
            clocks[cpu] = 1e6 * float(value)
    is_live = len(set(clocks.values())) > 1
    return [clock for cpu, clock in clocks.items() if cpu in usable] if is_live else []


def temperature_c(root: Path = Path("/")) -> float | None:
    """Return the highest reading of the processor's sensors, ``None`` without sensors."""
    low, high = _PLAUSIBLE_C
    return max((value for value in _temperatures(root) if low <= value <= high), default=None)


def _temperatures(root: Path) -> Iterator[float]:
    for zone in (root / "sys/class/thermal").glob("thermal_zone*"):
        if _ZONES.fullmatch(read_text(zone / "type")):
            yield from _degrees(zone / "temp")
    for chip in (root / "sys/class/hwmon").glob("hwmon*"):
        if read_text(chip / "name") in _CHIPS:
            for sensor in chip.glob("temp*_input"):
                yield from _degrees(sensor)


def _degrees(path: Path) -> Iterator[float]:
    """Yield the reading in ``path``, which is in thousandths of a degree, if there is one."""
    millidegrees = read_count(path)
    if millidegrees is not None:
        yield millidegrees / 1e3
