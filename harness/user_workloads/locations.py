"""Remember where an experiment's workload files are, in the cache and not in its folder."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ConfigError, StoreError
from harness.files import decoded
from harness.interpreters import cache_root
from harness.planning.user_files import OwnFile, find_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model import Plan

__all__ = ["recall", "remember"]


class _Location(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    module: str


def _record_file(experiment: str) -> Path:
    return cache_root() / "own-workloads" / f"{experiment}.json"


def remember(experiment: str, files: Iterable[OwnFile]) -> None:
    """Record the files' locations for ``--resume``; otherwise the user must give them again."""
    locations = [_Location(path=str(file.path), module=file.module) for file in files]
    if not locations:
        return
    with contextlib.suppress(OSError):
        record = _record_file(experiment)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_bytes(msgspec.json.encode(locations))


def recall(experiment: str, plan: Plan, given: Iterable[OwnFile]) -> Mapping[str, OwnFile]:
    """Return the files of the plan's own workloads by name: those given, or else those recorded.

    Raises StoreError for a file that is neither, or whose code has changed.
    """
    digests = {workload.source: workload.digest for workload in plan.workloads if workload.source}
    by_name = {file.name: file for file in (*_recorded(experiment, digests), *given)}
    for file in given:
        if file.name not in digests:
            raise ConfigError(
                f"--workload {file.name}: {experiment} has no workload from a file of this name"
            )
    for name, digest in digests.items():
        if name not in by_name:
            raise StoreError(
                f"{experiment} measures workloads of {name}, which is not known on this machine: "
                f"give the file too, --resume {experiment} --workload PATH/{name}"
            )
        if by_name[name].digest != digest:
            raise StoreError(
                f"{experiment} cannot be resumed, its measurements would not be comparable: the "
                f"digest of {name} was {digest}, is {by_name[name].digest}. Start a new experiment"
            )
    return {name: by_name[name] for name in digests}


def _recorded(experiment: str, names: Iterable[str]) -> list[OwnFile]:
    try:
        locations = decoded(_record_file(experiment).read_bytes(), tuple[_Location, ...])
    except (OSError, ValueError):
        return []
    files = []
    for location in locations:
        path = Path(location.path)
        if path.name not in names:
            continue
        with contextlib.suppress(ConfigError):  # gone: the user must give it
            (file,) = find_files((str(path),), path.parent)
            files.append(dataclasses.replace(file, module=location.module))
    return files
