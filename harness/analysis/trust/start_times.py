"""When each job began: by the wall clock, as far as it can be believed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Outcome

__all__ = ["offsets_s"]


def offsets_s(outcomes: Sequence[Outcome]) -> tuple[float, ...]:
    """Return when each job began, in seconds since the first, pauses of a resume included.

    Jobs never overlap, and their durations come from a clock that is never set: where a start
    lies before the end of the job before it, the wall clock was set back meanwhile, and the job
    is taken to have begun at that end.
    """
    offsets: list[float] = []
    set_back_s = 0.0
    start = end = 0.0
    for outcome in outcomes:
        at = dt.datetime.fromisoformat(outcome.started).timestamp()
        if not offsets:
            start = end = at
        set_back_s = max(set_back_s, end - at) if at + set_back_s < end else set_back_s
        begun = at + set_back_s
        offsets.append(begun - start)
        end = begun + outcome.duration_s
    return tuple(offsets)
