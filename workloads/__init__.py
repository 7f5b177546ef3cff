"""The worker side: what is measured, and how it is timed.

This package runs in *the interpreter under test*, as old as CPython 3.9 and PyPy 7.3.11: Python 3.9
syntax, the standard library and pyperf only. So leave ``Optional[...]`` and its like as they are,
and import nothing native: an extension that does not declare support for free threading turns the
GIL back on.
"""

from workloads.registry import Part, workload

__all__ = ["Part", "workload"]
