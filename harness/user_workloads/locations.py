"""Where the files of an experiment's own workloads are: kept here, never in its folder."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ConfigError, StoreError
from harness.interpreters import cache_root
from harness.planning.user_files import OwnFile, find_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model import Plan

__all__ = ["recall", "remember"]

_FOLDER = "own-workloads"


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    module: str


def _record(experiment: str) -> Path:
    return cache_root() / _FOLDER / f"{experiment}.json"


def remember(experiment: str, files: Iterable[OwnFile]) -> None:
    """Keep where the files are, for ``--resume``; without it the user names them again."""
    places = [_Place(path=str(file.path), module=file.module) for file in files]
    if not places:
        return
    with contextlib.suppress(OSError):
        record = _record(experiment)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_bytes(msgspec.json.encode(places))


def recall(experiment: str, plan: Plan, given: Iterable[OwnFile]) -> Mapping[str, OwnFile]:
    """Return the files of the plan's own workloads by their names: those given, else those kept.

    Raises StoreError naming a file that is neither, or whose code has changed.
    """
    wanted = {one.source: one.digest for one in plan.workloads if one.source}
    known = {file.name: file for file in (*_kept(experiment, wanted), *given)}
    for file in given:
        if file.name not in wanted:
            raise ConfigError(
                f"--workload {file.name}: {experiment} measures nothing of a file of this name"
            )
    for name, digest in wanted.items():
        if name not in known:
            raise StoreError(
                f"{experiment} measures workloads of {name}, and where that is was not kept on "
                f"this machine: give the file too, --resume {experiment} --workload PATH/{name}"
            )
        if known[name].digest != digest:
            raise StoreError(
                f"{experiment} cannot be resumed, its measurements would not compare: the code "
                f"of {name} was {digest}, is {known[name].digest}. Start a new experiment"
            )
    return {name: known[name] for name in wanted}


def _kept(experiment: str, wanted: Mapping[str, str]) -> list[OwnFile]:
    try:
        places = msgspec.json.decode(_record(experiment).read_bytes(), type=tuple[_Place, ...])
    except (OSError, msgspec.DecodeError):
        return []
    found = []
    for place in places:
        path = Path(place.path)
        if path.name not in wanted:
            continue
        with contextlib.suppress(ConfigError):  # gone: the user is asked for it
            (file,) = find_files((str(path),), path.parent)
            found.append(dataclasses.replace(file, module=place.module))
    return found
