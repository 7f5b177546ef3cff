"""Times and shares as people write them → numbers."""

from __future__ import annotations

import re

from harness.errors import ConfigError

__all__ = ["precision", "share_of", "switch_interval_s", "time_budget_s"]

_INTERVAL_UNITS_S = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "": 1.0}
_MIN_INTERVAL_S = 1e-6
_MAX_INTERVAL_S = 10.0
_BUDGET = re.compile(
    r"(?:([0-9]+)\s*h)?\s*(?:([0-9]+)\s*m(?:in)?)?\s*(?:([0-9]+)\s*s)?", flags=re.ASCII
)
_MIN_BUDGET_S = 10
_MAX_BUDGET_S = 7 * 24 * 3600
_MIN_PRECISION = 0.001
_MAX_PRECISION = 0.5


def switch_interval_s(value: object) -> float:
    """Return a length of time such as ``5ms``, ``100us`` or ``0.005`` in seconds."""
    wanted = re.fullmatch(r"([0-9]*[.]?[0-9]+)\s*(us|µs|ms|s|)", str(value), flags=re.ASCII)
    if not wanted:
        raise ConfigError(f"--switch-interval {value!r}: write a time such as 5ms or 100us")
    interval_s = float(wanted[1]) * _INTERVAL_UNITS_S[wanted[2]]
    if not _MIN_INTERVAL_S <= interval_s <= _MAX_INTERVAL_S:
        raise ConfigError(f"--switch-interval {value!r}: must be from 1us to 10s")
    return interval_s


def time_budget_s(value: object) -> float:
    """Return a length of time such as ``10m``, ``90s`` or ``1h30m`` in seconds."""
    found = _BUDGET.fullmatch(str(value).strip())
    if not found or not any(found.groups()):
        raise ConfigError(f"--time-budget {value!r}: write a time such as 10m, 90s or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    budget_s = hours * 3600 + minutes * 60 + seconds
    if not _MIN_BUDGET_S <= budget_s <= _MAX_BUDGET_S:
        raise ConfigError(f"--time-budget {value!r}: must be from 10s to 168h")
    return float(budget_s)


def precision(value: object) -> float:
    """Return half the width of an interval, written ``2%`` or ``0.02``, as a share."""
    share = share_of(str(value).strip())
    if share is None:
        raise ConfigError(f"--precision {value!r}: write a share such as 2% or 0.02")
    if not _MIN_PRECISION <= share <= _MAX_PRECISION:
        raise ConfigError(f"--precision {value!r}: must be from 0.1% to 50%")
    return share


def share_of(text: str) -> float | None:
    """Return a share written ``2%`` or ``0.02``, ``None`` for anything else."""
    found = re.fullmatch(r"\s*([0-9]*[.]?[0-9]+)\s*(%?)\s*", text, flags=re.ASCII)
    return float(found[1]) / (100 if found[2] else 1) if found else None
