"""The noise that A/A experiments found on a machine, stored in their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError, os_error_as
from harness.files import write_whole
from harness.invocation import to_type
from harness.model import CONTAINER, Noise
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Machine

__all__ = ["NOISE", "newest_noise", "write_noise"]

NOISE = "aa.json"


def write_noise(folder: Path, noise: Noise) -> None:
    """Store ``noise`` in the folder of its experiment; raises StoreError."""
    encoded = msgspec.json.format(msgspec.json.encode(noise)) + b"\n"
    hint = f"free some space, then run {to_type('aa')} again"
    with os_error_as(StoreError, f"{folder / NOISE} cannot be written", hint):
        write_whole(folder / NOISE, encoded)


def newest_noise(results: Path, machine: Machine) -> Noise | None:
    """Return the newest readable record of ``machine`` in ``results``."""
    for folder in experiment_folder.newest_first(results):
        if not (folder / NOISE).is_file():
            continue
        try:
            noise = msgspec.json.decode((folder / NOISE).read_bytes(), type=Noise)
            measured_on = experiment_folder.read_manifest(folder).machine
        except (OSError, ValueError, RecursionError, StoreError):
            continue
        if noise.experiment == folder.name and is_same_machine(measured_on, machine):
            return noise
    return None


def is_same_machine(machine: Machine, other: Machine) -> bool:
    """Return whether two audits are of one machine, as far as its speed and its noise go."""
    return _identity(machine) == _identity(other)


def _identity(machine: Machine) -> tuple[object, ...]:
    # A container has another host name at each start.
    host = "" if CONTAINER.fullmatch(machine.host) else machine.host
    return host, machine.cpu_model, machine.cpus, machine.quota
