"""Does it scale? A word for each speed-up, against what the machine itself allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.model import Benchmark, Cell, Kind, Mode, Scale, ScalingVerdict
from harness.statistics.intervals import ratio
from harness.statistics.location import inverted
from harness.statistics.scaling_words import blocks_to_resolve, scaling_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import Plan
    from harness.statistics.location import Location

__all__ = ["scaling_verdicts"]


def scaling_verdicts(
    plan: Plan, slowdowns: Mapping[Cell, Location | None], *, cores: int
) -> dict[Cell, ScalingVerdict]:
    """Return the word for each cell that is judged, all those of one workload being one family.

    ``slowdowns`` are minus the logs of the speed-ups. Judged are threads, interpreters and tasks,
    at N up to ``cores``; what waits needs no core and is judged at every N. Processes are what
    the others are held against.
    """
    families: dict[str, dict[Cell, Location]] = {}
    for cell, where in slowdowns.items():
        if where is not None and where.error is not None and _is_judged(plan, cell, cores):
            families.setdefault(cell.benchmark.workload, {})[cell] = inverted(where)
    verdicts = {}
    for cells in families.values():
        ceilings = [_ceiling(plan, cell, slowdowns) for cell in cells]
        words = scaling_words([*cells.values()], [limit for limit, _ in ceilings])
        for (cell, where), (limit, label), word in zip(cells.items(), ceilings, words, strict=True):
            if word is not None:
                blocks = blocks_to_resolve(where, limit, family=len(cells))
                verdicts[cell] = ScalingVerdict(
                    word=word,
                    ceiling=limit,
                    ceiling_of=label,
                    interval=ratio(where),
                    family=len(cells),
                    blocks=blocks if word is Scale.UNRESOLVED else None,
                )
    return verdicts


def _is_judged(plan: Plan, cell: Cell, cores: int) -> bool:
    mode, threads = cell.benchmark.mode, cell.benchmark.threads
    if mode.facts.is_ceiling or threads == 1:
        return False
    return threads <= cores or plan.workload(cell.benchmark.workload).kind is Kind.IO


def _ceiling(
    plan: Plan, cell: Cell, slowdowns: Mapping[Cell, Location | None]
) -> tuple[float, str]:
    """Return the limit at this N, and the variant whose processes gave it.

    The variant's own processes, else the baseline's, else N; at most N, and at most what the
    work itself allows where its parts are unequal.
    """
    benchmark = cell.benchmark
    workload = plan.workload(benchmark.workload)
    most = min(float(benchmark.threads), workload.max_speedup or math.inf)
    processes = Benchmark(workload=workload.name, mode=Mode.PROCESSES, threads=benchmark.threads)
    for label in dict.fromkeys((cell.variant, plan.baseline)):
        where = slowdowns.get(Cell(variant=label, benchmark=processes))
        if where is not None:
            return min(most, math.exp(-where.point)), label
    return most, ""
