"""A grade, its reasons as codes and numbers, and the samples of the machine it rests on."""

from __future__ import annotations

import dataclasses
import enum

__all__ = ["Advice", "Code", "Grade", "MachineSample", "Reason", "Severity", "judged"]


class Severity(enum.StrEnum):
    """The effect of a reason on the grade, in rising order."""

    INFO = "info"
    """None: good to know."""
    SMALL = "small"
    """No better than B."""
    CARE = "care"
    """No better than C: usable with care."""
    STOP = "stop"
    """D: not fit to be published."""


class Code(enum.StrEnum):
    """The subject of a reason."""

    CALM = "calm"
    WIDE = "wide"
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
    """A remedy for the user."""

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
    NARROW = "narrow"
    RELEASE_BUILD = "release-build"
    OPTIMISED_BUILD = "optimised-build"
    MEASURE_AGAIN = "measure-again"
    MEASURE_CEILING = "measure-ceiling"


@dataclasses.dataclass(frozen=True, kw_only=True)
class MachineSample:
    """The machine around one job; ``None`` where it could not be read."""

    block: int
    cell: str
    at_s: float
    """Since the first job of the experiment."""
    duration_s: float
    own_cpus: int
    """CPUs that the job can keep busy at most."""
    canary_s: float | None
    load_1min: float | None
    others_cpus: float | None
    stolen: float | None
    """Share of the time of all CPUs."""
    frequency_hz: float | None
    temperature_c: float | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reason:
    """One finding about an experiment."""

    code: Code
    severity: Severity
    value: float | None = None
    """The measured value; its unit depends on the code, see ``docs/methodology.md``."""
    bound: float | None = None
    """The bound that it crossed, if any."""
    subject: str = ""
    """Where there are several: a governor, the label of a build."""
    advice: Advice


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grade:
    """How trustworthy an experiment is, the gravest reason first."""

    letter: str
    """``A``, ``B``, ``C`` or ``D``."""
    reasons: tuple[Reason, ...]

    def has(self, code: Code) -> bool:
        """Return whether this is among the reasons."""
        return any(reason.code is code for reason in self.reasons)


def judged(
    code: Code, value: float | None, *, bounds: tuple[float, ...], advice: Advice
) -> tuple[Reason, ...]:
    """Return the reason for the highest bound that ``value`` reached; rising, of B, C and D."""
    reached = [] if value is None else [bound for bound in bounds if value >= bound]
    if not reached:
        return ()
    severity = (Severity.SMALL, Severity.CARE, Severity.STOP)[len(reached) - 1]
    return (Reason(code=code, severity=severity, value=value, bound=reached[-1], advice=advice),)
