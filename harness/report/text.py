"""Every rounding and every unit of the report: estimates in, short strings out.

Place in the flow: called by ``view``, ``answer`` and the figures. The number of digits
follows the interval's width, so that no digit is shown that the data do not support.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from harness.model import Estimate

__all__ = [
    "ABSENT",
    "Shown",
    "amount",
    "bytes_size",
    "change",
    "count",
    "duration",
    "factor",
    "is_unchanged",
    "listed",
    "plain",
    "said_once",
    "seconds",
    "seconds_point",
]

ABSENT = "–"
"""Shown where there is no number, so that a hole is never mistaken for a zero."""

_NBSP = "\u00a0"
_ONE_PROCESS = "one process only, no interval"
_MINUS = "\u2212"
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_MOST_DECIMALS = 4
_VERY_WIDE = 10
_KIB = 1024
_MINUTE_S = 60
_HOUR_S = 3600


class Shown(NamedTuple):
    """A number ready to be read: its value with unit, and its interval or why it has none."""

    value: str
    note: str = ""

    @property
    def text(self) -> str:
        """Return value and interval as one phrase that does not break across lines."""
        if not self.note:
            return self.value
        note = self.note if self.note.startswith("[") else f"({self.note})"
        return f"{self.value}{_NBSP}{note}"


def factor(estimate: Estimate | None) -> Shown:
    """Return a ratio, such as ``1.87×`` and ``[1.84, 1.90]``."""
    return _shown(estimate, scale=1, unit="×", least_decimals=1)


def amount(estimate: Estimate | None) -> Shown:
    """Return a number without a unit, such as an efficiency or a count of CPUs."""
    return _shown(estimate, scale=1, unit="", least_decimals=1)


def change(estimate: Estimate | None) -> Shown:
    """Return a ratio of times as a signed change in percent: 1.09 is ``+9 %``."""
    if estimate is None or not math.isfinite(estimate.point):
        return Shown(ABSENT)
    digits = max(0, _decimals(estimate, scale=100))
    point = f"{_signed(estimate.point, digits)}{_NBSP}%"
    if estimate.low is None or estimate.high is None:
        return Shown(point, _why_no_interval(estimate))
    low, high = (_signed(bound, digits) for bound in (estimate.low, estimate.high))
    return Shown(point, f"[{low}, {high}]".replace(", ", f",{_NBSP}"))


def seconds(estimate: Estimate | None) -> Shown:
    """Return a duration in the unit that suits its size, such as ``84.3 ms [84.1, 84.6]``."""
    if estimate is None:
        return Shown(ABSENT)
    scale, unit = _unit(estimate.point)
    return _shown(estimate, scale=1 / scale, unit=f"{_NBSP}{unit}", least_decimals=0)


def seconds_point(value: float | None) -> str:
    """Return a duration that has no interval, to three significant digits."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == 0:
        return f"0{_NBSP}s"
    scale, unit = _unit(value)
    return f"{plain(value / scale)}{_NBSP}{unit}"


def plain(value: float | None) -> str:
    """Return a number that has no interval, to three significant digits."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == 0:
        return "0"
    digits = min(_MOST_DECIMALS, max(0, 2 - math.floor(math.log10(abs(value)))))
    return f"{value:.{digits}f}".replace("-", _MINUS)


def bytes_size(value: float | None) -> str:
    """Return a size in MiB or GiB, to three significant digits."""
    if value is None or not math.isfinite(value):
        return ABSENT
    mib = value / _KIB**2
    return f"{plain(mib)}{_NBSP}MiB" if mib < _KIB else f"{plain(mib / _KIB)}{_NBSP}GiB"


def duration(value_s: float) -> str:
    """Return a long duration in words a person would say, such as ``4 min 10 s``."""
    if value_s < _MINUTE_S:
        return seconds_point(value_s)
    whole = round(value_s)
    if whole < _HOUR_S:
        return f"{whole // 60}{_NBSP}min {whole % 60}{_NBSP}s"
    return f"{whole // _HOUR_S}{_NBSP}h {whole % _HOUR_S // 60}{_NBSP}min"


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the right form; regular plurals only."""
    sibilant = noun.endswith(("s", "x", "ch"))
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if sibilant else 's'}"


def listed(words: tuple[str, ...]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    if len(words) < 2:  # noqa: PLR2004 - a list begins with two
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def said_once(sentence: str) -> str:
    """Return the sentence with a repeated lack of an interval said once, at its end."""
    repeated = f"{_NBSP}({_ONE_PROCESS})"
    if sentence.count(repeated) < 2:  # noqa: PLR2004 - it is repeated from two on
        return sentence
    return f"{sentence.replace(repeated, '').rstrip('.')} ({_ONE_PROCESS} for any of these)."


def is_unchanged(estimate: Estimate) -> bool:
    """Return whether the interval of a ratio spans 1: no change can be told from none."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low <= 1 <= estimate.high


def _shown(estimate: Estimate | None, *, scale: float, unit: str, least_decimals: int) -> Shown:
    if estimate is None or not math.isfinite(estimate.point):
        return Shown(ABSENT)
    digits = max(least_decimals, _decimals(estimate, scale=scale))
    value = f"{estimate.point * scale:.{digits}f}{unit}"
    if estimate.low is None or estimate.high is None:
        return Shown(value, _why_no_interval(estimate))
    low, high = estimate.low * scale, estimate.high * scale
    if high > _VERY_WIDE * low > 0:
        # No count of decimals suits both ends: each gets its own significant digits.
        return Shown(
            f"{plain(estimate.point * scale)}{unit}", f"[{plain(low)},{_NBSP}{plain(high)}]"
        )
    return Shown(value, f"[{low:.{digits}f},{_NBSP}{high:.{digits}f}]")


def _decimals(estimate: Estimate, *, scale: float) -> int:
    """Return how many decimals show the first digit of the interval's half-width."""
    if estimate.low is None or estimate.high is None or estimate.high <= estimate.low:
        size = abs(estimate.point) * scale / 100
    else:
        size = (estimate.high - estimate.low) / 2 * scale
    if size <= 0 or not math.isfinite(size):
        return 2
    return min(_MOST_DECIMALS, max(0, -math.floor(math.log10(size))))


def _signed(ratio: float, digits: int) -> str:
    text = f"{(ratio - 1) * 100:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", _MINUS)


def _why_no_interval(estimate: Estimate) -> str:
    return _ONE_PROCESS if estimate.n < 2 else "no interval"  # noqa: PLR2004


def _unit(value: float) -> tuple[float, str]:
    return next((pair for pair in _UNITS if value >= pair[0] * 0.9995), _UNITS[-1])
