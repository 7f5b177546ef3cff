"""What the user said once: that several host names are those of one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError, os_error_as
from harness.files import decoded, open_plain, write_whole
from harness.model.hosts import host_identity

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MACHINES", "SameMachine", "read_same_machine", "state_same_machine"]

MACHINES = "machines.json"
_MAX_BYTES = 1_000_000


class SameMachine(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of host names, each group one machine."""

    groups: tuple[tuple[str, ...], ...] = ()

    def identity(self, host: str) -> str:
        """Return one name for all host names of a machine; empty for a made-up one."""
        name = host_identity(host)
        return next((group[0] for group in self.groups if name in group), name)


def read_same_machine(results: Path) -> SameMachine:
    """Return what was said in ``results``; raises StoreError for a damaged file."""
    path = results / MACHINES
    try:
        with open_plain(path) as file:
            return decoded(file.read(_MAX_BYTES), SameMachine)
    except FileNotFoundError:
        return SameMachine()
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read ({error}): remove it, and say again which names are one "
            "machine with --same-machine"
        ) from error


def state_same_machine(results: Path, names: tuple[str, str]) -> SameMachine:
    """Record that two host names are one machine; raises StoreError."""
    known = read_same_machine(results)
    ids = tuple(filter(None, dict.fromkeys(map(host_identity, names))))
    if len({known.identity(name) for name in ids}) < 2:  # noqa: PLR2004 - nothing new
        return known
    joined = [group for group in known.groups if set(group) & set(ids)]
    others = [group for group in known.groups if group not in joined]
    together = tuple(sorted({*ids, *(name for group in joined for name in group)}))
    stated = SameMachine(groups=(*others, together))
    with os_error_as(StoreError, f"{results / MACHINES} cannot be written"):
        results.mkdir(parents=True, exist_ok=True)
        write_whole(results / MACHINES, msgspec.json.format(msgspec.json.encode(stated)) + b"\n")
    return stated
