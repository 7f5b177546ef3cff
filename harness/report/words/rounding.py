"""How many digits an estimate is shown with: never so few that they contradict it."""

from __future__ import annotations

import decimal
import enum
from decimal import Decimal

__all__ = ["DOWN", "UP", "Width", "alone", "exact", "outward", "written"]

_MAX_DECIMALS = 4
_SIGNIFICANT = 3
_MAX_EXTRA = 18
"""Two different doubles near 1 differ in the seventeenth digit at the latest."""
_LAST_BITS = Decimal("1e-14")
"""An interval narrower than this, relative to its point, is what calculating with doubles left."""
_PRECISE = decimal.Context(prec=400)
_LARGE, _SMALL = 7, -5
"""Powers of ten: numbers this large, or smaller, are not written in full."""
DOWN, UP = decimal.ROUND_FLOOR, decimal.ROUND_CEILING
"""Outward rounding of a lower and of an upper bound."""

_Trio = tuple[Decimal, Decimal, Decimal]
"""Point, low and high."""


class Width(enum.Enum):
    """Which digits an interval is shown with."""

    USUAL = "usual"
    WIDE = "wide"
    """No count of decimals suits both ends: each number gets its own."""
    BRIEF = "brief"
    """Three significant digits of the point at most; more only to keep a bound off the pivot."""
    BRIEF_AND_WIDE = "brief and wide"

    @property
    def is_wide(self) -> bool:
        """Return whether each number gets its own digits."""
        return self in (Width.WIDE, Width.BRIEF_AND_WIDE)

    @property
    def is_brief(self) -> bool:
        """Return whether three digits are enough."""
        return self in (Width.BRIEF, Width.BRIEF_AND_WIDE)


def exact(value: float) -> Decimal:
    """Return the decimal a float is written as: 1.1 is 1.1, so that it is not rounded up."""
    return Decimal(repr(float(value)))


def alone(point: Decimal, *, min_decimals: int = 0) -> Decimal:
    """Return a number that has no interval, to three significant digits."""
    return _rounded(
        point, max(min_decimals, min(_max_decimals(point), _three(point))), decimal.ROUND_HALF_EVEN
    )


def written(
    number: Decimal, way: str = decimal.ROUND_HALF_EVEN, *, is_grouped: bool = False
) -> str:
    """Return a number in full; of one very large or small at most three digits: ``1.20e20``.

    Such a number comes from a very wide interval, whose digits mean nothing. It is rounded once
    more, in the given way.
    """
    size = number.adjusted()
    if not number and size < _SMALL:
        return "0"
    if not number or _SMALL <= size < _LARGE:
        return f"{number:,f}" if is_grouped else f"{number:f}"
    digits = max(int(number.as_tuple().exponent), size - (_SIGNIFICANT - 1))
    short = number.quantize(Decimal(1).scaleb(digits), way, _PRECISE)
    return f"{short:e}".replace("e+", "e")


def outward(
    point: Decimal,
    low: Decimal,
    high: Decimal,
    *,
    pivot: Decimal | None,
    min_decimals: int = 0,
    width: Width = Width.USUAL,
) -> _Trio:
    """Return point, low and high with two significant digits of the interval's half-width.

    Bounds are rounded outward. There are more digits where these would put a bound on
    ``pivot`` or across it, or make the point one with a bound that it differs from; of a ratio,
    whose pivot is 1, never more than four decimals: a bound that they would still put on 1 is
    shown as the next number on its own side, if the point lies there too. ``width`` says which
    digits suit.
    """
    if high - low <= abs(point) * _LAST_BITS:
        low = high = point
    numbers = (point, low, high)
    half = (high - low) / 2
    common = 1 - half.adjusted() if half else _three(point)
    common = max(
        min_decimals, min(_three(point) if width.is_brief else _max_decimals(point), common)
    )
    limit = _max_decimals(point) if pivot else _MAX_EXTRA + common
    digits = [max(0, _three(number)) if width.is_wide else common for number in numbers]
    ways = (decimal.ROUND_HALF_EVEN, DOWN, UP)
    shown = numbers
    for extra in range(_MAX_EXTRA):
        middle, down, up = (
            _rounded(number, max(count, min(count + extra, limit)), way)
            for number, count, way in zip(numbers, digits, ways, strict=True)
        )
        shown = middle, down, up
        if not _misleads(numbers, shown, pivot, is_brief=width.is_brief):
            return shown
    return _off(numbers, shown, pivot) if pivot else shown


def _off(numbers: _Trio, shown: _Trio, pivot: Decimal) -> _Trio:
    """Return ``shown`` without a bound on the pivot that is not there, as far as the point goes."""
    _, low, high = numbers
    middle, down, up = shown
    if down == pivot < min(low, middle):
        down += Decimal((0, (1,), int(down.as_tuple().exponent)))
    if up == pivot > max(high, middle):
        up -= Decimal((0, (1,), int(up.as_tuple().exponent)))
    return middle, down, up


def _misleads(numbers: _Trio, shown: _Trio, pivot: Decimal | None, *, is_brief: bool) -> bool:
    point, *bounds = numbers
    middle, *ends = shown
    return any(
        (middle == end and point != bound and not is_brief)
        or (pivot is not None and end.compare(pivot) != bound.compare(pivot))
        for bound, end in zip(bounds, ends, strict=True)
    )


def _three(number: Decimal) -> int:
    """Return the decimals that show three significant digits."""
    return max(0, _SIGNIFICANT - 1 - number.adjusted()) if number else _SIGNIFICANT - 1


def _max_decimals(point: Decimal) -> int:
    """Return the most decimals of use: of a small number enough for three digits."""
    return max(_MAX_DECIMALS, _three(point))


def _rounded(number: Decimal, digits: int, way: str) -> Decimal:
    step = Decimal(1).scaleb(-digits)
    # Adding zero turns a negative zero into a plain one.
    return _PRECISE.add(number.quantize(step, way, _PRECISE), Decimal(0))
