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
    """How a cell was decided, although its two sides were measured at different times."""

    ANCHOR = "anchor"
    """Against a build in both experiments: differences due to time cancel."""
    KNOWN = "run-to-run known"
    """Widened by what runs on this machine were found to differ by."""
    GIVEN = "run-to-run given"
    """Widened by what the user says runs differ by."""
    ASSUMED = "run-to-run unknown"
    """Widened by a stated assumption."""
    NOT_NEEDED = "no run-to-run"
    """A measure that does not depend on the machine's speed, such as bytes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Basis:
    """What the decision on a cell rests on."""

    how: How
    anchor: str = ""
    sd: float = 0.0
    """Standard deviation from run to run that was added, natural logarithms."""
    experiments: int = 0
    """Stored experiments it is known from."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choice:
    """What the user asked for."""

    anchor: str | None = None
    """Label of the anchor; ``None`` for the best there is."""
    may_anchor: bool = True
    threshold: float
    run_to_run: float | None = None
    """Standard deviation from run to run, where the user knows it."""
    variants: tuple[tuple[str, str], ...] = ()
    """Labels in old and new that are compared; empty for all of the same name."""
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
    """The same as a location of natural logarithms, for tests."""
    verdict: Verdict | None
    """``None`` where one process leaves nothing to judge by."""
    basis: Basis


@dataclasses.dataclass(frozen=True, kw_only=True)
class NamedCell:
    """A cell that was not compared, or not with all its processes, and why."""

    key: Key
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputName:
    """One of the two sides, as it is named."""

    name: str
    label: str
    created: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that was found out about NEW against OLD."""

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
    warnings: tuple[str, ...]
    advice: tuple[str, ...]
    """Sentences on how to decide it better."""
    commands: tuple[str, ...]
    """Commands that do it."""
    private: tuple[str, ...] = ()
    """Words that must not be published."""
