"""A grade, its reasons as codes and numbers, and the samples of the machine it rests on."""

from __future__ import annotations

import dataclasses
import enum

__all__ = ["Advice", "Code", "Grade", "MachineSample", "Reason", "Severity", "judged"]


class Severity(enum.StrEnum):
    """What a reason does to the grade, in rising order."""

    INFO = "info"
    """Nothing: good to know."""
    SMALL = "small"
    """No better than B."""
    CARE = "care"
    """No better than C: the numbers are usable with care."""
    STOP = "stop"
    """D: not for publishing."""


class Code(enum.StrEnum):
    """What was noticed."""

    CANARY_SPREAD = "canary-spread"
    CANARY_DRIFT = "canary-drift"
    CANARY_STEP = "canary-step"
    STEAL = "steal"
    STEAL_WORST = "steal-worst"
    OTHERS = "others"
    LOAD = "load"
    FREQUENCY = "frequency"
    TEMPERATURE = "temperature"
    CEILING = "ceiling"
    GOVERNOR = "governor"
    QUOTA = "quota"
    QUOTA_FRACTION = "quota-fraction"
    VIRTUAL = "virtual"
    SMT = "smt"
    HYBRID = "hybrid"
    PARTIAL = "partial"
    FEW_BLOCKS = "few-blocks"
    DEBUG = "debug"
    NO_PGO = "no-pgo"
    CANARY_UNKNOWN = "canary-unknown"
    STEAL_UNKNOWN = "steal-unknown"
    OTHERS_UNKNOWN = "others-unknown"
    FREQUENCY_UNKNOWN = "frequency-unknown"
    CEILING_UNKNOWN = "ceiling-unknown"


class Advice(enum.StrEnum):
    """What the user can do about it."""

    NOTHING = "nothing"
    CLOSE_PROGRAMS = "close-programs"
    OTHER_HOST = "other-host"
    STEADY_CLOCK = "steady-clock"
    COOL = "cool"
    SET_GOVERNOR = "set-governor"
    WHOLE_CPUS = "whole-cpus"
    BARE_METAL = "bare-metal"
    STAY_WITHIN_CORES = "stay-within-cores"
    RESUME = "resume"
    MORE_BLOCKS = "more-blocks"
    RELEASE_BUILD = "release-build"
    OPTIMISED_BUILD = "optimised-build"
    MEASURE_AGAIN = "measure-again"
    MEASURE_CEILING = "measure-ceiling"


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reason:
    """One thing that was noticed."""

    code: Code
    severity: Severity
    value: float | None = None
    """What was measured; its unit is the code's, see ``docs/methodology.md``."""
    bound: float | None = None
    """The bound that it crossed; ``None`` where there is none to cross."""
    subject: str = ""
    """What it is about, where there are several: a governor, the label of a build."""
    advice: Advice


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grade:
    """How far an experiment is to be trusted, the gravest reason first."""

    letter: str
    """``A``, ``B``, ``C`` or ``D``."""
    reasons: tuple[Reason, ...]

    def has(self, code: Code) -> bool:
        """Return whether this was noticed."""
        return any(reason.code is code for reason in self.reasons)


_RISING = (Severity.SMALL, Severity.CARE, Severity.STOP)


def judged(
    code: Code, value: float | None, *, bounds: tuple[float, ...], advice: Advice
) -> tuple[Reason, ...]:
    """Return the reason of the highest of the rising ``bounds`` that ``value`` has reached.

    ``bounds`` are those of B, C and D, the last left out where there are none.
    """
    reached = [] if value is None else [bound for bound in bounds if value >= bound]
    if not reached:
        return ()
    severity = _RISING[len(reached) - 1]
    return (Reason(code=code, severity=severity, value=value, bound=reached[-1], advice=advice),)
