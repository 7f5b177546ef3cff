"""The audit of the computer, and the thread counts and CPU sets that follow from it."""

from harness.machine.audit import audit
from harness.machine.load import load_1min, steal_and_total
from harness.machine.telemetry import Surroundings, surroundings
from harness.machine.thread_placement import affinity_for, thread_sweep, zone

__all__ = [
    "Surroundings",
    "affinity_for",
    "audit",
    "load_1min",
    "steal_and_total",
    "surroundings",
    "thread_sweep",
    "zone",
]
