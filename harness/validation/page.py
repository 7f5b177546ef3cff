"""Simulated rows → the tables of ``docs/methodology.md``, and a summary for the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.errors import ConfigError
from harness.statistics.levels import ALPHA, LEVEL
from harness.statistics.location import t_quantile
from harness.validation import families, method_choices, pairs, schemes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness.validation.rows import Rate, SimulatedRow

__all__ = ["BEGIN", "END", "read", "summary", "tables", "with_tables"]

BEGIN = "<!-- validation: begin. Written by nox -s validate. -->"
END = "<!-- validation: end -->"
_TITLES = {
    pairs.OUTSIDE: "Pairs where the model does not hold",
    families.FAMILY: "One false positive or more in a family that shares its baseline",
    families.BAND: "Points of a curve that lie in their intervals together",
    families.POWER: "How often a difference is found; processes vary by 2 %",
    families.EQUIVALENCE: "How often a ratio is called equivalent, the threshold being 2 %",
    method_choices.TRIMMING: "Student's t, Yuen's t and the sign test on n pairs: false positives, "
    "and what is found",
    method_choices.STOPPING: "Blocks until the interval is narrow enough, looking after each from "
    "5 on",
    method_choices.UNPAIRED: "False positives of two experiments at different times",
}
_OURS = ("ratio", "speed-up", "coverage", "5 % found")
_PYPERF = ("pyperf, interleaved", "pyperf finds 5 %", "pyperf, one after another")


def read(target: Path) -> str:
    """Return the page; raise ConfigError unless it has the two markers for the tables."""
    try:
        text = target.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--page {target} cannot be read: {error}") from error
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ConfigError(f"--page {target} must have one line {BEGIN!r} and then one {END!r}")
    return text


def with_tables(text: str, written: str) -> str:
    """Return ``text`` with everything between the two markers replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{written}\n{END}{rest.split(END)[1]}"


def tables(rows: Sequence[SimulatedRow], *, simulations: int, seed: int) -> str:
    """Return all tables in Markdown."""
    design = _of(rows, pairs.DESIGN)
    parts = [
        _heading(simulations, seed),
        f"**Pairs under drift: lowest to highest of the rows below**\n\n{_ranges(design)}",
        _folded("ratio / speed-up / coverage / 5 % found", design, _OURS),
        _folded("pyperf interleaved / 5 % found / one after another", design, _PYPERF),
    ]
    parts += [
        f"**{title}**\n\n{_plain(own)}"
        for name, title in _TITLES.items()
        if (own := _of(rows, name))
    ]
    if own := _of(rows, schemes.TABLE):
        parts += [_schemes(own, comparison) for comparison in schemes.COMPARISONS]
    return "\n\n".join(parts)


def summary(rows: Sequence[SimulatedRow], *, simulations: int, target: Path | None) -> str:
    """Return the text for the terminal: ranges of the design, and rows outside their limits."""
    lines = [f"{len(rows)} rows of {simulations} simulated experiments."]
    design = _of(rows, pairs.DESIGN)
    lines += [f"{name}: {_range([row.rates[name] for row in design])} %" for name in _OURS]
    lines += [
        f"not as promised: {row.table}, {', '.join(row.labels.values())}: {name} "
        f"{_percent(row.rates[name])} %"
        for row in rows
        for name in row.outside
    ]
    lines.append(f"Written: {target}" if target else "Nothing is written.")
    return "\n".join(lines) + "\n"


def _of(rows: Iterable[SimulatedRow], table: str) -> list[SimulatedRow]:
    return [row for row in rows if row.table == table]


def _ranges(rows: Sequence[SimulatedRow]) -> str:
    """Return a table with a line for all rows of each kind of drift."""
    body = [
        (
            *labels,
            str(len(own)),
            *(_range([row.rates[name] for row in own]) for name in own[0].rates),
        )
        for labels, own in _grouped(rows, "drift").items()
    ]
    return _table(("drift", "rows", *rows[0].rates), body)


def _schemes(rows: Sequence[SimulatedRow], comparison: str) -> str:
    """Return a table of one comparison: a line for each scheme and way to be disturbed."""
    title = (
        f"In bursts and spells, {comparison}: lowest to highest of four kinds of drift; bias and "
        "half width in percent of the ratio"
    )
    body = []
    for labels, own in _grouped(rows, "disturbed").items():
        for scheme in schemes.SCHEMES:
            names = [schemes.heading(scheme, comparison, one) for one in schemes.MEASURES]
            body.append((*labels, scheme, *(_over_drifts(own, name) for name in names)))
    return f"**{title}**\n\n{_table(('disturbed', 'scheme', *schemes.MEASURES), body)}"


def _over_drifts(rows: Sequence[SimulatedRow], name: str) -> str:
    """Return the lowest and the highest number; bold where one is outside its limits."""
    if name in rows[0].rates:
        shown = _range([row.rates[name] for row in rows])
    else:
        figures = [row.figures[name] for row in rows]
        low, high = (f"{end:.2f}".replace("-", "−") for end in (min(figures), max(figures)))
        shown = low if low == high else f"{low} to {high}" if "−" in low else f"{low}–{high}"
    return f"**{shown}**" if any(name in row.outside for row in rows) else shown


def _folded(title: str, rows: Sequence[SimulatedRow], names: Sequence[str]) -> str:
    """Return a folded table of every row of the design, four to a line."""
    lines = _grouped(rows, "drift", "between processes", "blocks")
    first = next(iter(lines.values()))
    head = [f"{row.labels['noise']}, {row.labels['values']} values" for row in first]
    body = [
        (*labels, *(" / ".join(_shown(row, name) for name in names) for row in line))
        for labels, line in lines.items()
    ]
    table = _table(("drift", "between processes", "blocks", *head), body)
    return f"<details><summary>All {len(rows)}: {title}</summary>\n\n{table}\n\n</details>"


def _plain(rows: Sequence[SimulatedRow]) -> str:
    body = [(*row.labels.values(), *(_shown(row, name) for name in row.rates)) for row in rows]
    return _table((*rows[0].labels, *rows[0].rates), body)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body))


def _grouped(
    rows: Iterable[SimulatedRow], *names: str
) -> dict[tuple[str, ...], list[SimulatedRow]]:
    groups: dict[tuple[str, ...], list[SimulatedRow]] = {}
    for row in rows:
        groups.setdefault(tuple(row.labels[name] for name in names), []).append(row)
    return groups


def _shown(row: SimulatedRow, name: str) -> str:
    percent = _percent(row.rates[name])
    return f"**{percent}**" if name in row.outside else percent


def _range(rates: Sequence[Rate]) -> str:
    ordered = sorted(rates, key=lambda rate: rate.share)
    return f"{_percent(ordered[0])}–{_percent(ordered[-1])}"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.share:.1f}"


def _heading(simulations: int, seed: int) -> str:
    half = t_quantile((1 + LEVEL) / 2, math.inf) * (ALPHA * (1 - ALPHA) / simulations) ** 0.5
    low, high = (f"{100 * (ALPHA + sign * half):.1f}" for sign in (-1, 1))
    return (
        f"{simulations} experiments for each row, seed {seed}; percent. In {100 * LEVEL:g} of 100 "
        f"rows chance alone shows a true {100 * ALPHA:g} % as {low} to {high}. Bold: not what the "
        "design promises."
    )
