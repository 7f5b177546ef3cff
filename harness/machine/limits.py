"""The limits that control groups set on CPU time and memory."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from harness.machine.kernel_files import read_count, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["has_control_groups", "read_memory", "read_quota"]

_Mount = tuple[str, PurePosixPath, PurePosixPath]
"""Controller (empty for version 2), root of the mount inside the hierarchy, mount point."""


def has_control_groups(root: Path) -> bool:
    """Return whether the control groups of this process can be found."""
    return bool(read_text(root / "proc/self/cgroup")) and any(_mounts(root))


def read_quota(root: Path) -> float | None:
    """Return the CPU quota of the control groups in CPUs, ``None`` if unlimited."""
    quotas = []
    for folder in _folders(root, ""):
        limit, _, period = read_text(folder / "cpu.max").partition(" ")
        if limit.isdecimal() and period.isdecimal() and int(period) > 0:
            quotas.append(int(limit) / int(period))
    for folder in _folders(root, "cpu"):
        runtime = read_count(folder / "cpu.cfs_quota_us")
        interval = read_count(folder / "cpu.cfs_period_us")
        if runtime is not None and interval is not None:
            quotas.append(runtime / interval)
    return min(quotas, default=None)


def read_memory(root: Path) -> int:
    """Return the usable memory in bytes, limited by the control groups; 0 if unknown."""
    limits = [read_count(folder / "memory.max") for folder in _folders(root, "")]
    limits += [read_count(folder / "memory.limit_in_bytes") for folder in _folders(root, "memory")]
    # An unlimited group of version 1 has a limit beyond any memory, so the minimum is right.
    return min(filter(None, (_physical_memory(root), *limits)), default=0)


def _physical_memory(root: Path) -> int:
    for line in read_text(root / "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name == "MemTotal":
            return int(value.split()[0]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # AttributeError: Windows has no sysconf
        return 0


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folder of this process's group and its parents, up to the mount point."""
    group = _groups(root).get(controller)
    if group is None:
        return
    for mounted, mount_root, mount_point in _mounts(root):
        if mounted != controller:
            continue
        # Inside a container the mount may show only part of the hierarchy, or the group may be
        # outside of it (``/..``): then only the mount point is visible.
        is_visible = group.is_relative_to(mount_root) and ".." not in group.parts
        inside = group.relative_to(mount_root) if is_visible else PurePosixPath()
        top = root / mount_point.relative_to("/")
        for part in (inside, *inside.parents):
            yield top / part


def _groups(root: Path) -> dict[str, PurePosixPath]:
    groups: dict[str, PurePosixPath] = {}
    for line in read_text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), PurePosixPath(path))
    return groups


def _mounts(root: Path) -> Iterator[_Mount]:
    for line in read_text(root / "proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2) if right.count(" ") > 1 else ("", "", "")
        if kind not in {"cgroup", "cgroup2"}:
            continue
        # Fields are separated by spaces, so a space in a path is written as an octal escape.
        paths = [PurePosixPath(path.replace("\\040", " ")) for path in left.split(" ")[3:5]]
        for controller in [""] if kind == "cgroup2" else options.split(","):
            yield controller, paths[0], paths[1]
