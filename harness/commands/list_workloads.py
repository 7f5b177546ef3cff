"""The list of built-in workloads, for people and as JSON."""

from __future__ import annotations

import itertools

from harness.errors import ConfigError
from harness.invocation import to_type
from harness.json_output import document
from harness.planning import builtin_workloads
from harness.planning.user_files import is_own
from harness.wording import unquoted

__all__ = ["list_workloads"]


def list_workloads(patterns: tuple[str, ...], *, is_json: bool) -> str:
    """Return a line for each workload that matches; without patterns for all."""
    for pattern in filter(is_own, patterns):
        raise ConfigError(
            f"--list shows the built-in workloads: for those of {pattern} run "
            + to_type("workload", "check", pattern)
        )
    chosen = builtin_workloads.select(patterns or ("*",))
    if is_json:
        return document({"workloads": chosen})
    width = max(len(workload.name) for workload in chosen)
    families: dict[str, list[str]] = {}
    for workload in chosen:
        mark = "*" if builtin_workloads.DEFAULT_TAG in workload.tags else " "
        line = f"{mark} {workload.name:<{width}}  {workload.kind:<5}  {unquoted(workload.summary)}"
        families.setdefault(workload.family, [f"{workload.family}/"]).append(line)
    lines = itertools.chain(*families.values())
    return "\n".join([*lines, "* is measured when no --workload is given", ""])
