"""Audit the computer, and derive thread counts and CPU sets from it."""

from harness.machine.audit import audit, load_note
from harness.machine.telemetry import Surroundings, surroundings
from harness.machine.thread_placement import affinity_for, pins_for, thread_sweep

__all__ = [
    "Surroundings",
    "affinity_for",
    "audit",
    "load_note",
    "pins_for",
    "surroundings",
    "thread_sweep",
]
