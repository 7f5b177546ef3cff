"""The state of the machine around one job."""

from __future__ import annotations

import dataclasses

__all__ = ["MachineSample"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class MachineSample:
    """The machine around one job. ``None`` is what could not be read."""

    block: int
    cell: str
    at_s: float
    """Since the first job of the experiment, the pilot's, seconds."""
    duration_s: float
    own_cpus: int
    """How many CPUs the job can keep busy at most."""
    canary_s: float | None
    load_1min: float | None
    others_cpus: float | None
    stolen: float | None
    """Share of the time of all CPUs."""
    frequency_hz: float | None
    temperature_c: float | None
