"""Say in one line of JSON which workloads a file of the user's has."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workloads.own import LoadError, load

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["describe", "facts", "main"]


def describe(file: str) -> dict[str, Any]:
    """Return ``workloads``, or ``error`` and whether it ``is_definition``: wrong as written."""
    try:
        return {"workloads": [facts(one) for one in load(file)]}
    except LoadError as error:
        return {"error": str(error), "is_definition": error.is_definition}


def facts(workload: Workload) -> dict[str, Any]:
    """Return what the controller knows of a workload, by the names of its own value."""
    return {
        "name": workload.name,
        "kind": workload.kind,
        "scaling": workload.scaling,
        "summary": workload.summary,
        "expectation": workload.expectation,
        "modes": workload.modes,
        "tags": workload.tags,
        "thread_counts": workload.thread_counts,
        "value_s": workload.value_s,
        "units": workload.units,
        "least_units": workload.least_units,
        "is_paced": workload.is_paced,
        "family": workload.family,
        "pair": workload.pair,
        "arm": workload.arm,
    }


def main(arguments: list[str]) -> int:
    """Answer on standard output, or into the file ``arguments[1]``."""
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
    sys.exit(main(sys.argv[1:]))
