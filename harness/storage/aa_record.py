"""The noise that A/A experiments found on a machine, stored in their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError, os_error_as
from harness.files import read_plain, write_whole
from harness.invocation import to_type
from harness.model import Noise
from harness.storage import experiment_folder
from harness.storage.checksum import sealed, unsealed
from harness.storage.same_machine import SameMachine, read_same_machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.model import Machine

__all__ = ["NOISE", "forget_noise", "newest_noise", "write_noise"]

NOISE = "aa.json"
_MAX_BYTES = 100_000


def write_noise(folder: Path, noise: Noise) -> None:
    """Store ``noise`` in the folder of its experiment; raises StoreError."""
    encoded = sealed(msgspec.json.format(msgspec.json.encode(noise)) + b"\n")
    hint = f"free some space, then run {to_type('aa')} again"
    with os_error_as(StoreError, f"{folder / NOISE} cannot be written", hint):
        write_whole(folder / NOISE, encoded)


def newest_noise(results: Path, machine: Machine) -> Noise | None:
    """Return the newest readable record of ``machine`` in ``results`` that rests on enough."""
    return next((noise for _, noise in _records(results, machine) if noise.is_usable), None)


def forget_noise(results: Path, machine: Machine) -> tuple[str, ...]:
    """Remove every record of ``machine``; return the ids of their experiments, newest first.

    Raises StoreError where one cannot be removed.
    """
    forgotten = []
    for folder, _ in _records(results, machine):
        with os_error_as(StoreError, f"{folder / NOISE} cannot be removed"):
            (folder / NOISE).unlink()
        forgotten.append(folder.name)
    return tuple(forgotten)


def _records(results: Path, machine: Machine) -> Iterator[tuple[Path, Noise]]:
    """Yield the readable records of ``machine``, the newest first."""
    try:
        known = read_same_machine(results)
    except StoreError:
        known = SameMachine()
    for folder in experiment_folder.newest_first(results):
        try:
            data = read_plain(folder / NOISE, max_bytes=_MAX_BYTES)
            noise = msgspec.json.decode(unsealed(data), type=Noise)
            measured_on = experiment_folder.read_manifest(folder).machine
        except (OSError, ValueError, RecursionError, StoreError):
            continue
        if noise.experiment == folder.name and _is_same(measured_on, machine, known):
            yield folder, noise


def _is_same(machine: Machine, other: Machine, known: SameMachine) -> bool:
    """Return whether two audits are of one machine, as far as its speed and its noise go."""
    facts = [
        (known.identity(each.host), each.cpu_model, each.cpus, each.quota)
        for each in (machine, other)
    ]
    return facts[0] == facts[1]
