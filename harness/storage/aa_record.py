"""What A/A experiments said about a machine, kept beside their journals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError
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
    """Keep ``noise`` in the folder of its experiment; raises StoreError."""
    encoded = msgspec.json.format(msgspec.json.encode(noise)) + b"\n"
    try:
        write_whole(folder / NOISE, encoded)
    except OSError as error:
        raise StoreError(
            f"{folder / NOISE} cannot be written: {error.strerror}; make room, then make it with "
            f"{to_type('aa')} again"
        ) from error


def newest_noise(results: Path, machine: Machine) -> Noise | None:
    """Return the newest record of ``machine`` in ``results``; one that is damaged is no record."""
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


def is_same_machine(one: Machine, other: Machine) -> bool:
    """Return whether two audits are of one machine, as far as its speed and its noise go."""
    first, second = (
        (_name(each.host), each.cpu_model, each.cpus, each.quota) for each in (one, other)
    )
    return first == second


def _name(host: str) -> str:
    """Return a host's name; none for a container, which has another at each start."""
    return "" if CONTAINER.fullmatch(host) else host
