"""An experiment as every export takes it: fit to be published, decoded once.

Place in the flow: store, analysis → **material** → one module for each format.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.frame import complete_blocks
from harness.model import Status
from harness.report.scrub import cleaner, published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.analysis.results import Analysis
    from harness.model import Benchmark, Manifest, Outcome
    from harness.pyperf_run import RunData, Runs

__all__ = ["Material", "Process", "file_stems", "gather"]

_LONGEST_STEM = 60
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)")
"""What Windows takes for a device, whatever follows the dot."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Process:
    """One process whose times count: what it measured, under names fit to be published."""

    variant: str
    benchmark: Benchmark
    outcome: Outcome
    run: RunData


@dataclasses.dataclass(frozen=True, kw_only=True)
class Material:
    """What exports are made of."""

    analysis: Analysis
    """Fit to be published."""
    used_blocks: frozenset[int]
    """Those that estimates rest on: the complete ones, or all while there is none."""
    processes: tuple[Process, ...]
    """Those that succeeded in a block, in the order they were run: no pilot, no memory pass."""
    clean: Callable[[str], str]
    """Makes any other text of the experiment fit to be published."""
    is_host_shown: bool

    @property
    def manifest(self) -> Manifest:
        """Return the manifest, fit to be published."""
        return self.analysis.manifest


def gather(
    manifest: Manifest,
    outcomes: tuple[Outcome, ...],
    runs: Runs,
    analysis: Analysis,
    *,
    is_host_shown: bool = False,
) -> Material:
    """Return the material of an experiment.

    ``manifest``, ``outcomes`` and ``runs`` are as they were stored; ``analysis`` may be fit to be
    published already, if it was made so with the same ``is_host_shown``.
    """
    clean = cleaner(manifest, is_host_shown=is_host_shown)
    good = [one for one in outcomes if one.status is Status.OK and one.job.is_timed]
    cells = {one.job.cell for one in good}
    shown = {
        cell: (
            clean(cell.variant),
            msgspec.structs.replace(cell.benchmark, workload=clean(cell.benchmark.workload)),
        )
        for cell in cells
    }
    return Material(
        analysis=published(analysis, is_host_shown=is_host_shown),
        used_blocks=frozenset(
            complete_blocks(manifest.plan, outcomes) or (one.job.block for one in good)
        ),
        processes=tuple(
            Process(
                variant=shown[one.job.cell][0],
                benchmark=shown[one.job.cell][1],
                outcome=one,
                run=runs[one.job.key],
            )
            for one in good
        ),
        clean=clean,
        is_host_shown=is_host_shown,
    )


def file_stems(names: Iterable[str]) -> dict[str, str]:
    """Return for each name a file's name without suffix, no two the same in any letter case."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short = re.sub(r"[^A-Za-z0-9_.+-]+", "-", name).strip("-.+")[:_LONGEST_STEM] or "unnamed"
        short = f"_{short}" if _DEVICE.match(short) else short
        numbered = (short, *(f"{short}-{number}" for number in range(2, len(taken) + 3)))
        found[name] = next(one for one in numbered if one.lower() not in taken)
        taken.add(found[name].lower())
    return found
