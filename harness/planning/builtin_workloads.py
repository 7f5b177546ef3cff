"""Names, globs and tags of built-in workloads → ``Workload`` values."""

from __future__ import annotations

import fnmatch
import hashlib
from pathlib import Path

import msgspec

import workloads
from harness.errors import ConfigError, nearest
from harness.model import Workload
from workloads import describe, lookup

__all__ = ["DEFAULT_TAG", "available", "select", "source_files", "sources_digest"]

DEFAULT_TAG = "core"


def available() -> tuple[Workload, ...]:
    """Return every built-in workload, in order of registration."""
    return tuple(
        msgspec.convert(describe.facts(workload), Workload)
        for workload in lookup.load_families().values()
    )


def select(patterns: tuple[str, ...]) -> tuple[Workload, ...]:
    """Return the workloads that match any of ``patterns`` (names, globs, tags or families).

    A family is a glob such as ``shared/*``. Without patterns, those tagged ``core``. Raises
    ConfigError for a pattern that matches nothing, naming the nearest workload.
    """
    workloads = available()
    chosen: set[str] = set()
    for pattern in patterns or (DEFAULT_TAG,):
        matching = {workload.name for workload in workloads if _matches(workload, pattern)}
        if not matching:
            hint = nearest(pattern, [workload.name for workload in workloads])
            raise ConfigError(f"no workload has the name or tag {pattern!r}; {hint}")
        chosen |= matching
    return tuple(workload for workload in workloads if workload.name in chosen)


def _matches(workload: Workload, pattern: str) -> bool:
    names = (workload.name, f"{workload.family}/{workload.name}")
    is_named = any(fnmatch.fnmatchcase(name, pattern) for name in names)
    return is_named or pattern in workload.tags or pattern == workload.pair


def source_files() -> dict[str, Path]:
    """Return the worker side's sources: name within ``workloads`` → file, in order."""
    root = Path(workloads.__file__).parent
    return {path.relative_to(root).as_posix(): path for path in sorted(root.glob("**/*.py"))}


def sources_digest() -> str:
    """Return a hash of the worker side's sources."""
    digest = hashlib.sha256()
    for path in source_files().values():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
