"""Whether a time budget has room for the pilot and one block."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ConfigError
from harness.planning.plan import least_s, pilot_jobs, pilot_s
from harness.wording import count, duration

if TYPE_CHECKING:
    from harness.model import Plan

__all__ = ["within_budget"]

_ROUNDED_TO_S = 10


def within_budget(plan: Plan) -> Plan:
    """Return the plan with a pilot that leaves time for a block.

    Raises ConfigError where even the shortest pilot and one block take longer than the budget.
    """
    budget_s = plan.time_budget_s
    if budget_s is None or least_s(plan) <= budget_s:
        return plan
    short = msgspec.structs.replace(plan, has_short_pilot=True)
    if least_s(short) <= budget_s:
        return short
    needed_s = math.ceil(least_s(short) / _ROUNDED_TO_S) * _ROUNDED_TO_S
    raise ConfigError(
        f"--time-budget {duration(budget_s)} is too short for {count(len(plan.cells), 'cell')}: "
        f"the pilot takes about {duration(pilot_s(short, pilot_jobs(short)))}, and with one block "
        f"about {duration(least_s(short))}. Give --time-budget {needed_s}s or more, or fewer "
        "workloads, interpreters or thread counts"
    )
