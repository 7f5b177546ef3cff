"""Which built-in workloads there are, for people and as JSON."""

from __future__ import annotations

from harness.errors import ConfigError
from harness.invocation import to_type
from harness.json_output import document
from harness.planning import builtin_workloads
from harness.planning.user_files import is_own

__all__ = ["list_workloads"]


def list_workloads(patterns: tuple[str, ...], *, is_json: bool) -> str:
    """Return a line for each workload that matches; without patterns all there are."""
    for pattern in filter(is_own, patterns):
        raise ConfigError(
            f"--list shows the built-in workloads: for those of {pattern} run "
            + to_type("workload", "check", pattern)
        )
    chosen = builtin_workloads.select(patterns or ("*",))
    if is_json:
        return document({"workloads": chosen})
    width = max(len(one.name) for one in chosen)
    families: dict[str, list[str]] = {}
    for one in chosen:
        mark = "*" if builtin_workloads.DEFAULT_TAG in one.tags else " "
        line = f"{mark} {one.name:<{width}}  {one.kind:<5}  {one.summary}"
        families.setdefault(one.family, []).append(line)
    lines = [line for name, each in families.items() for line in (f"{name}/", *each)]
    return "\n".join([*lines, "* is measured when no --workload is given"]) + "\n"
