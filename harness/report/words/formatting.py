"""Every rounding and every unit of the report: estimates in, short strings out."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from harness import wording
from harness.report.elements import Shown
from harness.report.words import rounding
from harness.wording import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Estimate

Clause = tuple[str | Shown, ...]
"""Part of a sentence, its numbers still values."""

__all__ = [
    "ABSENT",
    "DEFINITION",
    "Clause",
    "amount",
    "bytes_size",
    "change",
    "clause_texts",
    "coefficient",
    "count",
    "duration",
    "factor",
    "is_definition",
    "keyed",
    "listed",
    "moment",
    "plain",
    "seconds",
    "seconds_point",
    "seconds_round",
    "share",
    "size",
    "whole",
]

ABSENT = "–"
"""Shown where there is no number: a hole is not a zero."""

DEFINITION = "definition"

_NBSP = "\u00a0"
_NO_INTERVAL = "no interval"
_MINUS = "\u2212"
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_MAX_DECIMALS = 4
_VERY_WIDE = 10
_LARGE = 1e8
"""Numbers this large without an interval are shown with a power of ten."""
_GROUPED = 10_000
_KIB = 1024
_MINUTE_S = 60


def is_definition(estimate: Estimate | None) -> bool:
    """Return whether a number is no measurement, such as one thread against itself."""
    return estimate is not None and estimate.method == DEFINITION


def factor(estimate: Estimate | None, *, is_brief: bool = False) -> Shown:
    """Return a ratio, such as ``1.871×`` and ``[1.840, 1.903]``; a plain 1 by definition.

    Here and below ``is_brief`` means three significant digits at most.
    """
    if is_definition(estimate):
        return keyed("1", 1)
    return _shown(estimate, unit="×", min_decimals=1, pivot=Decimal(1), is_brief=is_brief)


def keyed(words: str, value: float | None) -> Shown:
    """Return words for a number that has no interval, sorted by the number itself."""
    return Shown(words, key=_key(value))


def amount(estimate: Estimate | None, *, is_brief: bool = False) -> Shown:
    """Return a number without a unit, such as an efficiency or a count of CPUs."""
    return _shown(estimate, min_decimals=1, pivot=Decimal(1), is_brief=is_brief)


def coefficient(estimate: Estimate | None) -> Shown:
    """Return a number without a unit that may be 0 or below, such as a law's β."""
    return _shown(estimate, pivot=Decimal(0))


def change(estimate: Estimate | None, *, is_brief: bool = False) -> Shown:
    """Return a ratio of times as a signed change in percent: 1.09 is ``+9.0 %``."""
    if estimate is None or not math.isfinite(estimate.point):
        return Shown(ABSENT)
    unit, point = f"{_NBSP}%", rounding.exact(estimate.point)
    bounds = _bounds(estimate)
    if bounds is None:
        return _alone(f"{_percent(rounding.alone(point, min_decimals=2))}{unit}", estimate)
    # Rounded as a ratio, so that both ways of showing one estimate have the same digits.
    decimals = 3 if is_brief else 2
    value, down, up = rounding.outward(
        point, *bounds, pivot=Decimal(1), min_decimals=decimals, width=_width(is_brief=is_brief)
    )
    interval = f"[{_percent(down, rounding.DOWN)},{_NBSP}{_percent(up, rounding.UP)}]"
    return Shown(f"{_percent(value)}{unit}", interval, _key(estimate.point), has_interval=True)


def seconds(estimate: Estimate | None, *, is_brief: bool = False) -> Shown:
    """Return a duration in the unit that suits its size: ``84.30 ms [84.05, 84.55]``."""
    scale, unit = _unit(estimate.point if estimate else 0)
    return _shown(estimate, scale=scale, unit=f"{_NBSP}{unit}", is_brief=is_brief)


def seconds_point(value: float | None) -> str:
    """Return a duration that has no interval, to three significant digits."""
    if value is None or not math.isfinite(value):
        return ABSENT
    scale, unit = _unit(value) if value else (1, "s")
    return f"{plain(value / scale)}{_NBSP}{unit}"


def seconds_round(value: float) -> str:
    """Return a duration that is meant to be round: 0.005 is ``5 ms``."""
    scale, unit = _unit(value)
    return f"{value / scale:g}{_NBSP}{unit}"


def share(estimate: Estimate | None) -> Shown:
    """Return a part of a whole in percent: 0.032 is ``3.2 %``."""
    return _shown(estimate, scale=0.01, unit=f"{_NBSP}%")


def size(estimate: Estimate | None, *, is_brief: bool = False) -> Shown:
    """Return an amount of memory in MiB or GiB: ``23.40 MiB [23.31, 23.49]``."""
    scale, unit = _memory_unit(estimate.point if estimate else 0)
    return _shown(estimate, scale=scale, unit=f"{_NBSP}{unit}", is_brief=is_brief)


def _memory_unit(value: float) -> tuple[int, str]:
    return (_KIB**3, "GiB") if value >= _KIB**3 else (_KIB**2, "MiB")


def whole(number: float) -> str:
    """Return a count in full, its thousands set apart: ``12,345``."""
    return f"{number:,.0f}".replace("-", _MINUS)


def plain(value: float | None) -> str:
    """Return a number that has no interval, to three significant digits."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if value == 0:
        return "0"
    digits = min(_MAX_DECIMALS, max(0, 2 - math.floor(math.log10(abs(value)))))
    shown = f"{value:.{digits}f}"
    if abs(value) >= _LARGE or not float(shown):
        shown = f"{value:.2e}".replace("e+", "e").replace("e-0", "e-").replace("e0", "e")
    return shown.replace("-", _MINUS)


def bytes_size(value: float | None) -> str:
    """Return a size in MiB or GiB, to three significant digits."""
    if value is None or not math.isfinite(value):
        return ABSENT
    size_of, unit = _memory_unit(value)
    return f"{plain(value / size_of)}{_NBSP}{unit}"


def duration(value_s: float) -> str:
    """Return a long duration in words, such as ``4 min 10 s``."""
    if value_s < _MINUTE_S:
        return seconds_point(value_s)
    # Only what changes while it is read, on a terminal, keeps its width with a leading zero.
    narrow = re.sub(r"\b0(?=\d)", "", wording.duration(value_s))
    return re.sub(r" (?=[a-z])", _NBSP, narrow)


def moment(created: str) -> str:
    """Return date and time in sortable form, such as ``2026-01-17 12:00``."""
    return created[:16].replace("T", " ")


def listed(words: tuple[str, ...]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    if len(words) < 2:  # noqa: PLR2004 - a list begins with two
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def clause_texts(clauses: Sequence[Clause]) -> tuple[str, ...]:
    """Return the clauses of a sentence; numbers of one process share a note at its end."""
    numbers = [part for clause in clauses for part in clause if isinstance(part, Shown)]
    is_shared = sum(number.is_single for number in numbers) > 1

    def text(part: str | Shown) -> str:
        if isinstance(part, Shown):
            return part.value if is_shared and part.is_single else part.text
        return part

    texts = ["".join(map(text, clause)) for clause in clauses]
    if is_shared:
        note = Shown("", _NO_INTERVAL, is_single=True).full_note
        texts[-1] = f"{texts[-1].rstrip('.')} ({note} for any of these)."
    return tuple(texts)


def _shown(
    estimate: Estimate | None,
    *,
    scale: float = 1,
    unit: str = "",
    min_decimals: int = 0,
    pivot: Decimal | None = None,
    is_brief: bool = False,
) -> Shown:
    if estimate is None or not math.isfinite(estimate.point):
        return Shown(ABSENT)
    step = rounding.exact(scale)
    point = rounding.exact(estimate.point) / step
    bounds = _bounds(estimate)
    if bounds is None:
        return _alone(
            f"{_signed(rounding.alone(point, min_decimals=min_decimals))}{unit}", estimate
        )
    low, high = (bound / step for bound in bounds)
    width = _width(is_brief=is_brief, is_wide=high > _VERY_WIDE * low > 0)
    value, down, up = rounding.outward(
        point, low, high, pivot=pivot, min_decimals=min_decimals, width=width
    )
    # Past four digits the thousands are set apart, as ``whole`` does, and then in all three.
    is_grouped = max(abs(value), abs(down), abs(up)) >= _GROUPED
    number = _signed(value, is_grouped=is_grouped)
    left = _signed(down, rounding.DOWN, is_grouped=is_grouped)
    right = _signed(up, rounding.UP, is_grouped=is_grouped)
    interval = f"[{left},{_NBSP}{right}]"
    return Shown(f"{number}{unit}", interval, _key(estimate.point), has_interval=True)


def _width(*, is_brief: bool, is_wide: bool = False) -> rounding.Width:
    if is_wide:
        return rounding.Width.BRIEF_AND_WIDE if is_brief else rounding.Width.WIDE
    return rounding.Width.BRIEF if is_brief else rounding.Width.USUAL


def _key(value: float | None) -> str:
    return repr(value) if value is not None and math.isfinite(value) else ""


def _signed(number: Decimal, way: str = ROUND_HALF_EVEN, *, is_grouped: bool = False) -> str:
    is_grouped = is_grouped or abs(number) >= _GROUPED
    return rounding.written(number, way, is_grouped=is_grouped).replace("-", _MINUS)


def _bounds(estimate: Estimate) -> tuple[Decimal, Decimal] | None:
    low, high = estimate.low, estimate.high
    if low is None or high is None or not all(map(math.isfinite, (low, high))):
        return None
    return rounding.exact(low), rounding.exact(high)


def _percent(ratio: Decimal, way: str = ROUND_HALF_EVEN) -> str:
    number = (ratio - 1).scaleb(2)
    if int(number.as_tuple().exponent) < -_MAX_DECIMALS:
        # Of a ratio near 0 there are many nines: next to nothing is left, whatever their number.
        number = number.quantize(Decimal(1).scaleb(-_MAX_DECIMALS), way)
    plus = "+" if number > 0 else ""
    return f"{plus}{rounding.written(number, way)}".replace("-", _MINUS)


def _alone(value: str, estimate: Estimate) -> Shown:
    """Return a number without an interval; one process alone gives none."""
    is_single = estimate.n < 2  # noqa: PLR2004
    return Shown(value, _NO_INTERVAL, _key(estimate.point), is_single=is_single)


def _unit(value: float) -> tuple[float, str]:
    return next((pair for pair in _UNITS if value >= pair[0] * 0.9995), _UNITS[-1])
