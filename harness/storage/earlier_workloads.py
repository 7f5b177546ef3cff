"""Facts of the built-in workloads that manifests of schema 1 lack, filled in on reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from harness.model import Manifest, Workload

__all__ = ["with_facts"]

_RESPONSE = (
    "one thread answers a command every 5\u00a0ms while the others compute. A response time counts "
    "from the moment the command was due, not from when it was sent or read, so one late answer "
    "also counts against those it holds up (no coordinated omission)."
)
# As they were then: the facts of today are in newer manifests.
_FACTS: dict[str, dict[str, Any]] = {
    "factorize": {"rank": 0},
    "blocking_io": {"rank": 1},
    "lesson": {
        "max_speedup": (2_139_079 + 1_214_759 + 1_516_637 + 1_582_285) / 2_139_079,
        "tags": ("core", "lesson"),
    },
    "remote_control": {
        "answering_threads": 1,
        "deadline_s": 0.005,
        "notes": (("response_s", _RESPONSE),),
    },
}


def with_facts(manifest: Manifest) -> Manifest:
    """Return a manifest of schema 1 as one of schema 2."""
    workloads = tuple(map(_with_facts, manifest.plan.workloads))
    plan = msgspec.structs.replace(manifest.plan, workloads=workloads)
    return msgspec.structs.replace(manifest, plan=plan, schema_version=2)


def _with_facts(workload: Workload) -> Workload:
    facts = {} if workload.source else _FACTS.get(workload.name, {})
    return msgspec.structs.replace(workload, **facts)
