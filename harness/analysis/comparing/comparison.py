"""What a comparison hands to the report: numbers with intervals, names and reasons."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.analysis.comparing.sides import Key
    from harness.model import Estimate, Verdict
    from harness.statistics.location import Location

__all__ = ["Basis", "Choice", "Compared", "Comparison", "Gate", "How", "InputName", "NamedCell"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gate:
    """One condition under which a comparison fails."""

    text: str
    direction: str
    """``slower``, ``faster`` or ``changed``."""
    threshold: float
    """Relative: 0.05 for 5 %."""


class How(enum.StrEnum):
    """How a cell was decided, its two sides being measured at different times."""

    ANCHOR = "anchor"
    """Against a build in both experiments: differences due to time cancel."""
    KNOWN = "run-to-run known"
    """Widened by the run-to-run spread estimated on this machine."""
    GIVEN = "run-to-run given"
    """Widened by the spread that the user gave."""
    ASSUMED = "run-to-run unknown"
    """Widened by an assumed spread."""
    BLOCKS = "blocks"
    """Within the blocks of the one experiment that both sides were exported from."""
    NOT_NEEDED = "no run-to-run"
    """A measure that does not depend on the machine's speed, such as bytes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Basis:
    """The basis of the decision on a cell."""

    how: How
    anchor: str = ""
    sd: float = 0.0
    """Run-to-run standard deviation that was added, natural logarithms."""
    experiments: int = 0
    """Number of stored experiments it is estimated from."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choice:
    """The user's options."""

    anchor: str | None = None
    """Label of the anchor; ``None`` for the best available."""
    may_anchor: bool = True
    threshold: float
    run_to_run: float | None = None
    """Run-to-run standard deviation given by the user."""
    variants: tuple[tuple[str, str], ...] = ()
    """Labels in OLD and NEW to compare; empty for all of the same name."""
    is_across: bool = False
    """Whether two machines may be compared."""
    gates: tuple[Gate, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compared:
    """One cell that both sides have."""

    key: Key
    """Its name in the new side."""
    old_variant: str
    family: str
    unit: str
    old: Estimate
    new: Estimate
    ratio: Estimate
    """New ÷ old; with an anchor, of their ratios to it. Above 1 is slower."""
    where: Location
    """The same as a location of natural logarithms, for statistical tests."""
    verdict: Verdict | None
    """``None`` with a single process."""
    basis: Basis


@dataclasses.dataclass(frozen=True, kw_only=True)
class NamedCell:
    """A cell that was not compared, or not with all its processes, and the reason."""

    key: Key
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputName:
    """The names of one side."""

    name: str
    label: str
    created: str
    gil: str = ""
    """Of a pyperf file: whether the GIL was on, in words."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything the report shows of NEW against OLD."""

    old: InputName
    new: InputName
    machine: str
    is_across: bool
    threshold: float
    level: float
    cells: tuple[Compared, ...]
    missing: tuple[NamedCell, ...]
    """Only in OLD."""
    added: tuple[NamedCell, ...]
    """Only in NEW."""
    failed: tuple[NamedCell, ...]
    not_comparable: tuple[NamedCell, ...]
    cautions: tuple[str, ...] = ()
    """Reasons to doubt that the interpreters differ at all, shown before anything else."""
    warnings: tuple[str, ...]
    advice: tuple[str, ...]
    """Sentences on how to get a better decision."""
    commands: tuple[tuple[str, ...], ...]
    """Arguments of ``bench`` that carry out the advice."""
    private: tuple[str, ...] = ()
    """Words that must not be published."""
