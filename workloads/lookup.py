"""Find a workload by name: among the built-in families, or in the user's file."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

from workloads import bytecode, registry
from workloads.environment import FAMILY, OWN_FILE

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["FAMILIES", "find", "load_families"]

FAMILIES = (
    *("factorize", "lesson", "blocking", "files", "sockets", "remote_control"),
    *("shared", "runtime", "native", "collector"),
)


def find(name: str) -> Workload:
    """Return the workload registered as ``name``; raises KeyError naming the known ones.

    Where the controller names the user's file, the workload is one of that file; where it names
    a family, no other family is imported: what is not measured should not take part.
    """
    bytecode.load_as_from_file()
    file, family = os.environ.get(OWN_FILE), os.environ.get(FAMILY)
    if file:
        from workloads import own  # noqa: PLC0415 - spares other workers what it imports

        own.load(file)
    elif family in FAMILIES:
        _import_family(family)
    else:
        load_families()
    known = registry.registered()
    if name not in known:
        raise KeyError(f"no workload {name!r}; known: {', '.join(sorted(known))}")
    return known[name]


def load_families() -> dict[str, Workload]:
    """Import every built-in family; return their workloads in the catalogue's order."""
    modules = [_import_family(family) for family in FAMILIES]
    known = registry.registered()
    return {
        name: workload
        for module in modules
        for name, workload in known.items()
        if workload.function.__module__ == module
    }


def _import_family(family: str) -> str:
    """Import a family; return the name of its module."""
    # Interned: the name becomes the module's __name__, an object that all threads share. On a
    # free-threaded build interned strings are immortal, others contend for a reference count.
    return importlib.import_module(sys.intern(f"workloads.{family}")).__name__
