"""Print the workloads of a user's file as one line of JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workloads.leftovers import end_process
from workloads.own import LoadError, load

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["describe", "facts", "main"]

_WORKER_ONLY = frozenset(
    ("function", "size", "has_own_threads", "state", "coroutine", "resource", "audit")
)
"""Fields of a workload that the controller has no use for."""


def describe(file: str) -> dict[str, Any]:
    """Return ``workloads``, or ``error`` and whether it ``is_definition``: wrong as written."""
    try:
        return {"workloads": [facts(workload) for workload in load(file)]}
    except LoadError as error:
        return {"error": str(error), "is_definition": error.is_definition}


def facts(workload: Workload) -> dict[str, Any]:
    """Return what the controller knows of a workload, by the names of its own value."""
    return {
        **{name: getattr(workload, name) for name in workload._fields if name not in _WORKER_ONLY},
        "notes": tuple(workload.notes.items()),
        "family": workload.family,
        "summary": workload.summary,
    }


def main(arguments: list[str]) -> int:
    """Write the answer to standard output, or to the file ``arguments[1]``."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # also what native code prints
    sys.stdout = sys.stderr
    line = json.dumps(describe(str(Path(arguments[0]).absolute()))) + "\n"
    if len(arguments) > 1:
        Path(arguments[1]).write_text(line, encoding="utf-8")
    else:
        answers.write(line)
    answers.close()
    return 0


if __name__ == "__main__":
    end_process(main(sys.argv[1:]))
