"""Write a workload file with an example to change."""

from __future__ import annotations

import keyword
import sys
from typing import TYPE_CHECKING

from harness.errors import ConfigError, os_error_as
from harness.invocation import to_type
from harness.planning import builtin_workloads
from workloads.registry import NAME

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["new"]

_TEMPLATE = '''"""Workloads of my own: measure them with MEASURE"""
# Packages that the file needs are installed for each interpreter separately. Remove the
# first # of these lines and write your own; without them nothing is installed.
# # /// script
# # dependencies = ["numpy"]
# # ///

from workloads import Part, workload


# @workload alone is enough. The options of a workload:
#   kind="cpu"      what it spends its time on: "cpu", "io" or "mixed"
#   scaling="weak"  "weak": every thread does all of the work below;
#                   "strong": each does its part of it, see part.bounds()
#   size=100_000    what part.size is
#   modes=("threads", "processes")  how it is run N times at once; processes show what the
#                   machine can do, whatever the interpreter
#   state=make      a function that makes part.state before the timing, in each thread
@workload(size=100_000)
def NAME(part: Part) -> int:
    """Add up squares: describe the workload in this line.

    Objects outside this function are shared by all threads: one that many of them use at once,
    even a constant, can cost more than the work does.
    """
    total = 0
    for number in range(part.size):
        total += number * number
    # The result is checked: it must be an integer, and the same at every call, under every
    # interpreter and at every number of threads.
    return total
'''


def new(name: str, folder: Path) -> Path:
    """Write ``NAME.py`` into ``folder`` and return its path; raises ConfigError."""
    stem = name.removesuffix(".py")
    if not NAME.fullmatch(stem):
        raise ConfigError(
            f"workload new {name!r}: a name is a letter and at most 59 letters, digits or '_'"
        )
    is_taken = stem in sys.stdlib_module_names or stem in ("workloads", "pyperf")
    if is_taken or keyword.iskeyword(stem):
        raise ConfigError(f"workload new {name}: Python means something else by it: try my_{stem}")
    if stem in {workload.name for workload in builtin_workloads.available()}:
        raise ConfigError(f"workload new {name}: a built-in workload has this name: try my_{stem}")
    path = folder / f"{stem}.py"
    measure = to_type("bench", "--workload", path.name)
    text = _TEMPLATE.replace("MEASURE", measure).replace("NAME", stem)
    with (
        os_error_as(ConfigError, f"{path.name} cannot be written", "give another name"),
        path.open("x", encoding="utf-8") as file,
    ):
        file.write(text)
    return path
