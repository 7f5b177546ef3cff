"""The worker side: what is measured, and how it is timed.

Runs in the interpreter under test: standard library and pyperf only, Python 3.9 syntax.
"""

from workloads.registry import Part, workload

__all__ = ["Part", "workload"]
