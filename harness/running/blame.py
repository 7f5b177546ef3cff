"""Name a damaged interpreter in the cache as the cause where a worker of it has failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness import interpreters
from harness.errors import ConfigError
from harness.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.model import Outcome, Plan

    Save = Callable[[Sequence[Outcome]], None]

__all__ = ["saving"]

_MAX_NAMED = 3


def saving(save: Save, plan: Plan, *, say: Callable[[str], None]) -> Save:
    """Return ``save``, with the cause added to the reason of a worker that ended with an error.

    An interpreter is looked at once, when its first worker fails.
    """
    causes: dict[str, str] = {}

    def blamed(outcome: Outcome) -> Outcome:
        if outcome.status is not Status.FAILED or not outcome.exit_code:
            return outcome
        label = outcome.job.cell.variant
        if label not in causes:
            causes[label] = _cause(plan, label)
            if causes[label]:
                say(f"{label}: {causes[label]}")
        if not causes[label]:
            return outcome
        return msgspec.structs.replace(outcome, reason=f"{outcome.reason}; {causes[label]}")

    return lambda outcomes: save([blamed(outcome) for outcome in outcomes])


def _cause(plan: Plan, label: str) -> str:
    try:
        damage = interpreters.damage_of(plan.variant(label).build)
    except ConfigError:  # there is no cache
        return ""
    if damage is None:
        return ""
    named = ", ".join(damage.files[:_MAX_NAMED])
    more = f" and {len(damage.files) - _MAX_NAMED} more" if len(damage.files) > _MAX_NAMED else ""
    return (
        f"its files in the cache were changed ({named}{more}): remove it with "
        f"`interpreters --remove {damage.key}`, and the next run gets it again"
    )
